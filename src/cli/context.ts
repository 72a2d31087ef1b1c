/** The context that every command has. */
import { createApiClient, type ApiClient } from './api-client.ts';
import { createTokenSource, type TokenSource } from './login/token-source.ts';
import { openTokenFile, type TokenFile } from './login/token-file.ts';
import {
  parseFormat,
  renderList,
  renderOne,
  type Description,
  type Format,
  type Listing,
  type Place,
} from './output.ts';
import { readSettings, type Settings } from './cli-settings.ts';
import type { OutputStream, Surroundings } from './surroundings.ts';
import { plainLines } from './terminal-texts.ts';

export interface Context {
  surroundings: Surroundings;
  settings: Settings;
  tokenFile: TokenFile;
  tokens: TokenSource;
  api: ApiClient;
  format: Format;
  /** Of standard output. */
  place: Place;
  showList<T>(items: readonly T[], listing: Listing<T>): void;
  showOne<T>(item: T, description: Description<T>): void;
  /** A line for people, on standard error. */
  say(line: string): void;
}

/** Throws a usage error. */
export function createContext(
  surroundings: Surroundings,
  options: { api?: string; output: string },
): Context {
  const { env, stdout, stderr, interrupted } = surroundings;
  const settings = readSettings(surroundings, options.api);
  const format = parseFormat(options.output);
  const place = placeOf(stdout, env);
  const tokenFile = openTokenFile(settings.folder);
  const tokens = createTokenSource({ api: settings.api, surroundings, file: tokenFile });
  return {
    ...{ surroundings, settings, tokenFile, tokens, format, place },
    api: createApiClient({ address: settings.api, tokens, interrupted }),
    showList: (items, listing) => stdout.write(renderList(items, listing, format, place)),
    showOne: (item, description) => stdout.write(renderOne(item, description, format, place)),
    say: (line) => stderr.write(`${plainLines(line)}\n`),
  };
}

/** Colors only for a terminal that has them, and not with NO_COLOR (no-color.org). */
export function placeOf(stream: OutputStream, env: Surroundings['env']): Place {
  const hasColor = stream.isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return { isTerminal: stream.isTerminal, columns: stream.columns, hasColor };
}
