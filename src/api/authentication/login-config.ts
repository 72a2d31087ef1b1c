/** Settings for signing in by a browser, beyond those for tokens. */
import type { ClientConfig } from './sign-in.ts';

export interface LoginConfig extends ClientConfig {
  /** The first encrypts cookies, and every one decrypts them; of at least 32 bytes each. */
  sessionSecrets: readonly [string, ...string[]];
  /** Hours after which somebody who is signed in has to sign in again, whatever they do meanwhile. */
  sessionHours: number;
}
