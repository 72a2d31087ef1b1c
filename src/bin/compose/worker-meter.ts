/** Measures of workers, beside the metrics of Temporal's SDK and on the same port. */
import { Runtime, type PrometheusMetricsExporter } from '@temporalio/worker';
import { createMeter, MEASURES, type Measure, type Meter, type Take } from '../../domain/measures.ts';
import { buildVersion } from './build-version.ts';
import { tellZeros } from './first-values.ts';

/** Buckets in seconds of the SDK's histograms that alerts and dashboard use: its own end after ten seconds. */
const TASK_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];
const SDK_HISTOGRAMS = [
  'temporal_workflow_task_schedule_to_start_latency',
  'temporal_activity_schedule_to_start_latency',
];

/** The SDK's exporter at an address like `0.0.0.0:9464`. */
export function servedAt(address: string): PrometheusMetricsExporter & { attachServiceName: false } {
  const own = Object.values(MEASURES).flatMap((measure) =>
    measure.kind === 'histogram' ? [[measure.name, [...measure.buckets]] as [string, number[]]] : [],
  );
  const ofSDK = SDK_HISTOGRAMS.map((name) => [name, TASK_SECONDS] as [string, number[]]);
  return {
    attachServiceName: false,
    prometheus: {
      bindAddress: address,
      useSecondsForDurations: true,
      histogramBucketOverrides: Object.fromEntries([...own, ...ofSDK]),
    },
  };
}

/** The meter of this process's workers, by the runtime of the SDK that is installed; it measures nothing where that serves no metrics. */
export function workerMeter(): Meter {
  const { metricMeter } = Runtime.instance();
  const meter = createMeter(takerOf);
  metricMeter
    .createGauge('drydock_build_info', 'int', undefined, 'Version of this process')
    .set(1, { version: buildVersion() });
  tellZeros(meter);
  return meter;

  function takerOf(measure: Measure): Take {
    const { name, help } = measure;
    if (measure.kind === 'counter') {
      const counter = metricMeter.createCounter(name, undefined, help);
      return (labels, value) => counter.add(value, labels);
    }
    const histogram = metricMeter.createHistogram(name, 'float', undefined, help);
    return (labels, value) => histogram.record(value, labels);
  }
}
