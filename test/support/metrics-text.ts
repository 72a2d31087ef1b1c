/** Prometheus' text format, as far as tests read it. */

/** Values by series, written as `name{label="value"}` with the labels sorted by name. */
export function readMetrics(text: string): Map<string, number> {
  return new Map(
    linesOf(text).map((line) => {
      const at = line.lastIndexOf(' ');
      const { name, labels } = partsOf(line.slice(0, at));
      const written = labels.map(([label, value]) => `${label}="${value}"`).sort();
      return [written.length === 0 ? name : `${name}{${written.join(',')}}`, Number(line.slice(at + 1))];
    }),
  );
}

/** Types by the names of metrics, also of those without values. */
export function typesIn(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
}

/** The labels that the series of a metric have, sorted; undefined without series. */
export function labelsIn(text: string, metric: string): string[] | undefined {
  const series = linesOf(text)
    .map((line) => partsOf(line.slice(0, line.lastIndexOf(' '))))
    .filter(({ name }) => name.replace(/_(?:bucket|sum|count)$/, '') === metric || name === metric);
  if (series.length === 0) return undefined;
  const labels = series.flatMap(({ labels: pairs }) => pairs.map(([label]) => label));
  return [...new Set(labels)].filter((label) => label !== 'le').sort();
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function partsOf(series: string): { name: string; labels: [label: string, value: string][] } {
  const [, name = '', inside = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series) ?? [];
  const labels = [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return { name, labels: labels.map(([, label = '', value = '']) => [label, value]) };
}
