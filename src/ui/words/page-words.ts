/** Sentences of the API in the words of the page. Pure: the present time and the zone are given. */
import { clockOf } from './times.ts';

/** Sentences of the API, which name its endpoints, in the words of the page. */
const ON_THE_PAGE: [endpoint: RegExp, words: string][] = [
  [/PUT \/orchestrations\/\{id\}\/resume/g, 'Resume'],
  [/PUT \/queue\/resume/g, 'Resume everything'],
  [/POST \/orchestrations\/\{id\}\/retry/g, 'Retry'],
  [/with POST \/orchestrations\/\{id\}\/approvals\/\d+/g, 'on the page Approvals'],
  [/with PUT \/maintenance-policy/g, 'on the page Policy'],
  [/its orchestration is being canceled/g, 'its orchestration is being stopped'],
];

const ORCHESTRATION = /\borchestration ([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\b/;

/** A sentence in pieces: texts, and between them IDs of orchestrations, which nobody reads. */
export function piecesOf(message: string): { text: string; orchestrationID?: string }[] {
  const pieces = message.split(ORCHESTRATION);
  return pieces.flatMap((piece, place) => {
    if (place % 2 === 1) return [{ text: `orchestration ${piece.slice(0, 8)}`, orchestrationID: piece }];
    return piece === '' ? [] : [{ text: piece }];
  });
}

/** Times have one form in all sentences of the service, `2026-11-28T22:00Z`, some with the time by the clock of a rule after it. */
const INSTANT =
  /\b(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)(?<byRule> \(\d\d:\d\d (?<ruleZone>[\w/+-]+)\))?/g;
/** Windows have this one: `22:00–02:00 UTC of 2026-01-02`, the day on which they begin. */
const SPAN = /\b(?<from>\d\d:\d\d)–(?<to>\d\d:\d\d) UTC of (?<day>\d{4}-\d\d-\d\d)\b/g;
const DAY_MS = 24 * 60 * 60_000;

/** With times in the zone of whoever looks, as the page itself has them. What only looks like a time stays as it is. */
export function pageWords(message: string, now: number, zone: string): string {
  const words = ON_THE_PAGE.reduce((text, [endpoint, said]) => text.replace(endpoint, said), message);
  return words
    .replace(INSTANT, (text, time: string, byRule = '', ruleZone = '') => {
      const at = Date.parse(time);
      if (Number.isNaN(at)) return text;
      return `${clockOf(at, now, zone)}${ruleZone === zone ? '' : byRule}`;
    })
    .replace(SPAN, (text, from: string, to: string, day: string) => {
      const begin = Date.parse(`${day}T${from}Z`);
      const sameDay = Date.parse(`${day}T${to}Z`);
      if (Number.isNaN(begin) || Number.isNaN(sameDay)) return text;
      const end = sameDay > begin ? sameDay : sameDay + DAY_MS;
      return `${clockOf(begin, now, zone)} to ${clockOf(end, now, zone)}`;
    });
}
