/**
 * The local issuer: a complete OpenID Connect provider for the embedded default, on loopback only. Whoever reaches its
 * login page may be anybody, so it must never serve more than the machine that it runs on.
 */
export { mintToken, type MintTokenOptions } from './id-token.ts';
export { startIssuer, type Issuer, type IssuerOptions } from './server.ts';
