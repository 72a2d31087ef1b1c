import { expect, it } from 'vitest';
import {
  formatIssues,
  upgradeKymaRequest,
  type InputIssue,
} from '../../../../src/domain/upgrades/request-schema.ts';

const kyma = upgradeKymaRequest({ kymaVersion: '2.20.5', kubernetes: {} });
const requestOf = (strategy: unknown) => ({ targets: { include: [{ target: 'all' }] }, strategy });
const TODAY = { type: 'parallel', schedule: 'immediate', parallel: { workers: 1 } };
const parsed = (strategy: unknown) => kyma.parse(requestOf(strategy)).strategy;

function issuesOf(strategy: unknown): InputIssue[] {
  const answer = kyma.safeParse(requestOf(strategy));
  return answer.success ? [] : formatIssues(answer.error);
}

it('rules for each operation change nothing of requests without them, or with zero values', () => {
  const zeros = { retryPolicy: null, operationTimeoutMinutes: 0, onBusy: '', checks: null };
  for (const strategy of [undefined, {}, zeros]) expect(parsed(strategy)).toStrictEqual(TODAY);
});

it('get their defaults where a part was given, and keep what was', () => {
  expect(parsed({ retryPolicy: {}, checks: {} })).toStrictEqual({
    ...TODAY,
    retryPolicy: { attempts: 3, backoffMinutes: 10 },
    checks: { health: true, healthTimeoutMinutes: 15 },
  });
  const given = {
    retryPolicy: { attempts: 5, backoffMinutes: 0 },
    operationTimeoutMinutes: 10_080,
    onBusy: 'skip',
    checks: { health: false, healthTimeoutMinutes: 0.5 },
  };
  expect(parsed(given)).toStrictEqual({ ...TODAY, ...given });
  expect(parsed({ retryPolicy: { attempts: 0 } }).retryPolicy).toEqual({ attempts: 3, backoffMinutes: 10 });
});

it.each<[object, string, string]>([
  [{ retryPolicy: { attempts: 6 } }, 'retryPolicy.attempts', 'must be a whole number from 1 to 5'],
  [{ retryPolicy: { attempts: 1.5 } }, 'retryPolicy.attempts', 'must be a whole number from 1 to 5'],
  [{ retryPolicy: { backoffMinutes: -1 } }, 'retryPolicy.backoffMinutes', 'must be a number from 0 to 1,440'],
  [{ operationTimeoutMinutes: 10_081 }, 'operationTimeoutMinutes', 'must be a whole number from 1 to 10,080'],
  [{ onBusy: 'fail' }, 'onBusy', 'must be "wait" or "skip"'],
  [
    { checks: { healthTimeoutMinutes: 1_441 } },
    'checks.healthTimeoutMinutes',
    'must be a number above 0, up to 1,440',
  ],
])('%j is refused with path and reason', (strategy, path, message) => {
  expect(issuesOf(strategy)).toEqual([{ path: `strategy.${path}`, message }]);
});

it('what nobody knows is refused', () => {
  expect(issuesOf({ checks: { size: 1 } })).toHaveLength(1);
  expect(issuesOf({ retryPolicy: { times: 1 } })).toHaveLength(1);
});
