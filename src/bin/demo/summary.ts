import type { Operation, Orchestration } from '../../cli/answer-shapes.ts';

/** The table at the end: what became of the fleet, by plan, and why operations have failed. */
export function summary(orchestration: Orchestration, operations: Operation[]): string {
  const plans = [...new Set(operations.map((operation) => operation.servicePlanName))].sort();
  const rows = plans.map((plan) =>
    row(
      plan,
      operations.filter((operation) => operation.servicePlanName === plan),
    ),
  );
  const table = [
    ['plan', 'runtimes', 'succeeded', 'failed', 'mean', 'longest'],
    ...rows,
    row('all', operations),
  ];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((cells) => (cells[column] ?? '').length)),
  );
  const text = table.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  const failures = operations
    .filter((operation) => operation.state === 'failed')
    .map((operation) => `  ${operation.shootName}: ${operation.description}`);
  return [
    `The orchestration has ended: ${orchestration.state} (${orchestration.description}).`,
    '',
    ...text.map((line) => `  ${line}`),
    ...(failures.length > 0 ? ['', 'Failed:', ...failures] : []),
  ].join('\n');
}

function row(name: string, operations: Operation[]): string[] {
  const count = (state: string): string =>
    String(operations.filter((operation) => operation.state === state).length);
  const seconds = operations.flatMap(({ startedAt, finishedAt }) =>
    startedAt && finishedAt ? [(Date.parse(finishedAt) - Date.parse(startedAt)) / 1000] : [],
  );
  const mean = seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
  const shown = (value: number): string => (seconds.length === 0 ? '-' : `${value.toFixed(1)} s`);
  return [
    name,
    String(operations.length),
    count('succeeded'),
    count('failed'),
    shown(mean),
    shown(Math.max(...seconds)),
  ];
}
