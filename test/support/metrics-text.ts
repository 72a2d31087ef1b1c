/** The series of Prometheus' text format with their values, as `name{label="value"}`, their labels sorted by name. */
export function readMetrics(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(line.slice(0, at)) ?? [];
      const sorted = [...labels.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map(([label]) => label).sort();
      return [sorted.length === 0 ? name : `${name}{${sorted.join(',')}}`, Number(line.slice(at + 1))];
    }),
  );
}
