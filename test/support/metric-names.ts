/** The metrics that alert rules, the dashboard and the documents name. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

export const RULES = 'config/prometheus/rules.yaml';
const DASHBOARD = 'config/grafana/dashboard.json';

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.object({ summary: z.string(), runbook_url: z.string() }),
        }),
      ),
    }),
  ),
});
export type AlertRule = z.infer<typeof rulesSchema>['groups'][number]['rules'][number];

const dashboardSchema = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).optional() }),
  ),
});

export function alertRules(): AlertRule[] {
  return rulesSchema.parse(parse(readFileSync(RULES, 'utf8'))).groups.flatMap(({ rules }) => rules);
}

/** The queries of the dashboard, with the interval that Grafana puts in. */
export function dashboardQueries(): string[] {
  const { panels } = dashboardSchema.parse(JSON.parse(readFileSync(DASHBOARD, 'utf8')));
  return panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')),
  );
}

/** The names of metrics in a query, those of the parts of histograms without their endings. */
export function namesIn(query: string): string[] {
  return [...query.matchAll(/\b(?:drydock|temporal)_\w+/g)].map(([name]) =>
    name.replace(/_(?:bucket|sum|count)$/, ''),
  );
}

export interface DocumentedMetric {
  name: string;
  type: string;
  labels: string[];
  /** `API`, or `each` for workers, too. */
  from: string;
}

/** The table of docs/operations.md. */
export function documentedMetrics(): DocumentedMetric[] {
  const rows = readFileSync('docs/operations.md', 'utf8').matchAll(
    /^\| `(drydock_\w+)` +\| (\w+) +\| ([^|]*)\| (\w+)/gm,
  );
  return [...rows].map(([, name = '', type = '', labels = '', from = '']) => ({
    ...{ name, type, from },
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
  }));
}
