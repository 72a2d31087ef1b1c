import { describe, expect, it } from 'vitest';
import {
  formatIssues,
  upgradeClusterRequest,
  upgradeKymaRequest,
} from '../../../../src/domain/upgrades/request-schema.ts';

const kyma = upgradeKymaRequest({ kymaVersion: '2.20.5', kubernetes: {} });
const cluster = upgradeClusterRequest({ kymaVersion: '', kubernetes: { kubernetesVersion: '1.31.2' } });
const requestOf = (limits: unknown) => ({ targets: { include: [{ target: 'all' }] }, strategy: { limits } });
const TODAY = { type: 'parallel', schedule: 'immediate', parallel: { workers: 1 } };

function issuesOf(limits: unknown): string[] {
  const parsed = kyma.safeParse(requestOf(limits));
  return parsed.success ? [] : formatIssues(parsed.error).map(({ path, message }) => `${path}: ${message}`);
}

const NUMBER = 'must be a whole number from 1 to 1,000';
const named = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, 1]));

describe('limits that are taken', () => {
  it('change nothing of requests without them', () => {
    for (const limits of [undefined, null]) expect(kyma.parse(requestOf(limits)).strategy).toEqual(TODAY);
  });

  it('keep what was given and no more, in one form', () => {
    const limits = {
      perRegion: { 'eu-2': 7, default: 1_000, 'eu-1': 1 },
      perPlan: { default: 5 },
      perGlobalAccount: null,
    };
    for (const schema of [kyma, cluster]) {
      const { strategy } = schema.parse(requestOf(limits));
      expect(strategy).toStrictEqual({
        ...TODAY,
        limits: { perRegion: { default: 1_000, 'eu-1': 1, 'eu-2': 7 }, perPlan: 5 },
      });
      expect(Object.keys(strategy.limits?.perRegion ?? {})).toEqual(['default', 'eu-1', 'eu-2']);
    }
  });

  it('may name keys without a default, 200 in all', () => {
    const limits = { perRegion: named(100), perPlan: { ...named(100), default: 1 } };
    expect(issuesOf(limits)).toEqual([]);
  });
});

describe('limits that are refused', () => {
  it.each([
    [1, ['strategy.limits: must be of type object, not number']],
    [{}, ['strategy.limits: must have a perRegion, perPlan or perGlobalAccount; leave it out for no limit']],
    [
      { perRegion: null },
      ['strategy.limits: must have a perRegion, perPlan or perGlobalAccount; leave it out for no limit'],
    ],
    [
      { perRegion: {} },
      ['strategy.limits.perRegion: must have a default or a key; leave it out for no limit'],
    ],
    [
      { perRegion: 0, perPlan: 1_001 },
      [`strategy.limits.perRegion: ${NUMBER}`, `strategy.limits.perPlan: ${NUMBER}`],
    ],
    [{ perRegion: 'many' }, [`strategy.limits.perRegion: ${NUMBER}, or an object of such numbers`]],
    [
      { perRegion: { default: 0, 'eu-1': 1.5, 'eu-2': null } },
      ['default', 'eu-1', 'eu-2'].map((key) => `strategy.limits.perRegion.${key}: ${NUMBER}`),
    ],
    [
      { perPlan: { '': 1, ['x'.repeat(257)]: 1, 'a\n': 1 } },
      ['', 'x'.repeat(100), 'a\n'].map(
        (key) =>
          `strategy.limits.perPlan.${key}: must be a name of 1 to 256 characters, without control characters or broken Unicode`,
      ),
    ],
    [
      { perPlan: 1, perAccount: 1 },
      ['strategy.limits.perAccount: is not a known field; check its spelling, or leave it out'],
    ],
    [
      { perRegion: named(150), perPlan: named(51) },
      ['strategy.limits: must not name more than 200 keys in all'],
    ],
  ])('%j', (limits, issues) => {
    expect(issuesOf(limits)).toEqual(issues);
  });
});
