import { describe, expect, it } from 'vitest';
import { FAILURE_CODES, type FailureCode } from '../../../../src/domain/errors.ts';
import { describeTry, nextTry } from '../../../../src/domain/upgrades/retry-decision.ts';

const NOW = Date.parse('2030-10-12T20:00:00Z');
const POLICY = { attempts: 3, backoffMinutes: 10 };

/** Every attempt of a row that fails again and again, with a retry by a person after the attempts that are named. */
function tries(policy: typeof POLICY | undefined, code: FailureCode, asked: number[]): string[] {
  const lines: string[] = [];
  let firstAttempt = 1;
  for (let attempt = 1; ; attempt++) {
    const next = nextTry(code, policy, { attempt, firstAttempt }, NOW);
    if (next) lines.push(`attempt ${attempt} failed: ${describeTry(next)} at ${next.notBefore}`);
    else lines.push(`attempt ${attempt} failed for good`);
    if (next) continue;
    if (!asked.includes(attempt)) return lines;
    firstAttempt = attempt + 1;
  }
}

describe('a failed operation', () => {
  it('is tried as often as its policy says, and anew when somebody asks for it', () => {
    expect(tries(POLICY, 'UPGRADE_FAILED', [3])).toEqual([
      'attempt 1 failed: attempt 2 of 3 at 2030-10-12T20:10:00.000Z',
      'attempt 2 failed: attempt 3 of 3 at 2030-10-12T20:10:00.000Z',
      'attempt 3 failed for good',
      'attempt 4 failed: attempt 2 of 3 at 2030-10-12T20:10:00.000Z',
      'attempt 5 failed: attempt 3 of 3 at 2030-10-12T20:10:00.000Z',
      'attempt 6 failed for good',
    ]);
  });

  it('is tried once without a policy, and with a policy of one try', () => {
    expect(tries(undefined, 'UPGRADE_FAILED', [])).toEqual(['attempt 1 failed for good']);
    expect(tries({ ...POLICY, attempts: 1 }, 'UPGRADE_FAILED', [])).toEqual(['attempt 1 failed for good']);
  });

  it('is tried again only for what another try may mend', () => {
    const mended = FAILURE_CODES.filter((code) =>
      nextTry(code, POLICY, { attempt: 1, firstAttempt: 1 }, NOW),
    );
    expect(mended).toEqual(['UPGRADE_FAILED', 'HEALTH_CHECK_FAILED', 'OPERATION_TIMEOUT']);
  });
});
