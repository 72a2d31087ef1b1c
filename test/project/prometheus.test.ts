import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { atEndOfTest } from '../support/endings.ts';
import { alertRules, dashboardQueries, RULES } from '../support/metric-names.ts';

const TESTS = 'config/prometheus/rules.test.yaml';

/** Fails where there is no promtool: the rules are never left out in silence. */
function promtool(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (error) {
    throw new Error(
      'promtool is missing: install it, as with `apt-get install --yes prometheus`, and try again.',
      { cause: error },
    );
  }
  return { status, said: `${stdout}${stderr}` };
}

describe('the alert rules', () => {
  it('are accepted by promtool, and behave as their tests say', () => {
    for (const args of [
      ['check', 'rules', '--lint-fatal', RULES],
      ['test', 'rules', TESTS],
    ]) {
      const { status, said } = promtool(...args);
      expect(status, said).toBe(0);
    }
  });

  it('are each shown by a test to alert', () => {
    const testsSchema = z.object({
      tests: z.array(
        z.object({
          alert_rule_test: z.array(
            z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).optional() }),
          ),
        }),
      ),
    });
    const { tests } = testsSchema.parse(parse(readFileSync(TESTS, 'utf8')));
    const shown = tests
      .flatMap(({ alert_rule_test: all }) => all)
      .flatMap(({ alertname, exp_alerts: expected = [] }) => (expected.length > 0 ? [alertname] : []));
    expect([...new Set(shown)].sort()).toEqual(
      alertRules()
        .map(({ alert }) => alert)
        .sort(),
    );
  });

  it('have a chapter each in the runbook, which they link to, and no chapter is of a rule that is gone', () => {
    const [, after = ''] = readFileSync('docs/operations.md', 'utf8').split('\n## Alerts\n');
    const [chapters = ''] = after.split('\n## ');
    const headings = [...chapters.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
    const rules = alertRules();
    expect(headings).toEqual(rules.map(({ alert }) => alert));
    for (const { alert, annotations } of rules)
      expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });
});

it('the queries of the dashboard are accepted by promtool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
  atEndOfTest(async () => rmSync(folder, { recursive: true }));
  const queries = dashboardQueries();
  expect(queries.length).toBeGreaterThan(30);
  const rules = queries.map((expr, number) => ({ record: `query:${number}`, expr }));
  const file = join(folder, 'queries.yaml');
  writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { status, said } = promtool('check', 'rules', file);
  expect(status, said).toBe(0);
});
