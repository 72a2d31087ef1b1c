import { Counter, Histogram, type Registry } from 'prom-client';
import { createMeter, type Meter } from '../../domain/measures.ts';

/** A meter of this process, shown by the registry. */
export function createPrometheusMeter(registry: Registry): Meter {
  return createMeter((measure) => {
    const { name, help } = measure;
    const labelNames = [...measure.labels];
    const registers = [registry];
    if (measure.kind === 'counter') {
      const counter = new Counter({ name, help, labelNames, registers });
      return (labels, value) => counter.inc(labels, value);
    }
    const histogram = new Histogram({ name, help, labelNames, registers, buckets: [...measure.buckets] });
    return (labels, value) => histogram.observe(labels, value);
  });
}
