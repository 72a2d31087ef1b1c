/** Messages of failures and their causes, as JavaScript and PostgreSQL have to tell them alike. */
export const FAILURE_MESSAGES: [message: string, cause: string][] = [
  ['the installer gave up', 'the installer gave up'],
  ['operation 3FED052f-7577-4978-b0f3-b9512b801ea8 failed', 'operation <id> failed'],
  ['waited until 2026-11-29T06:42:06.263569Z, then gave up', 'waited until <time>, then gave up'],
  ['at 2026-11-29 06:42:06+01:00 and 2026-11-29T06:42Z', 'at <time> and <time>'],
  ['dial tcp 10.250.0.17:443: connection refused', 'dial tcp <address>: connection refused'],
  ['2 of 3 nodes after 1m5s, 250ms, 30 s and 1.5 h', '<n> of <n> nodes after <n>, <n>, <n> s and <n> h'],
  ['1 2 3', '<n> <n> <n>'],
  ['took 30.', 'took <n>.'],
  ['HTTP 503 is not HTTP 404, and 5031 is none', 'HTTP 503 is not HTTP 404, and <n> is none'],
  ['Kyma 2.20.5 on v1.33.4 of k8s in eu-central-1', 'Kyma 2.20.5 on v1.33.4 of k8s in eu-central-1'],
  ['pod istiod-7d9f8b6c5d-x2x9k is not ready', 'pod istiod-<id> is not ready'],
  ['a cross-namespaces-error stays', 'a cross-namespaces-error stays'],
  ['image sha256:9e107d9d372bb6826bd81d3542a419d6', 'image sha256:<id>'],
  ['acceded deadbeefdeadbeef', 'acceded deadbeefdeadbeef'],
  ['(5) [17] 3% "8"', '(<n>) [<n>] <n>% "<n>"'],
  ['zwölf 12 Ü7 7Ü', 'zwölf <n> Ü<n> <n>Ü'],
];
