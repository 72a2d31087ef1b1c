import { pino } from 'pino';
import { expect, it } from 'vitest';
import { REDACTED } from '../../src/bin/compose/redacted.ts';

it.each(['authorization', 'cookie', 'clientSecret', 'sessionSecrets', 'password'])(
  'the log shows no %s, alone or within something',
  (name) => {
    const lines: string[] = [];
    const logger = pino({ redact: REDACTED }, { write: (line) => void lines.push(line) });
    logger.info({ [name]: 'hidden', login: { [name]: 'hidden' } });
    expect(lines.join('')).toContain(name);
    expect(lines.join('')).not.toContain('hidden');
  },
);
