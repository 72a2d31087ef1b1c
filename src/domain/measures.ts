/**
 * Everything that is counted and timed where it happens, by its name in Prometheus. Each is told once, after the guarded statement that has changed something: an
 * activity that runs again changes nothing, and tells nothing. What is told between a commit and the death of a process is lost. No label
 * holds an ID; every value comes from a closed list or from the settings.
 */

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const MINUTES = [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 10_800];
const DAYS = [1, 10, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800];

interface Counter<Label extends string> {
  kind: 'counter';
  name: `drydock_${string}_total`;
  help: string;
  labels: readonly Label[];
}

interface Histogram<Label extends string> {
  kind: 'histogram';
  name: `drydock_${string}_seconds`;
  help: string;
  labels: readonly Label[];
  /** Upper bounds in seconds. */
  buckets: readonly number[];
}

export type Measure<Label extends string = string> = Counter<Label> | Histogram<Label>;

function counter<Label extends string>(
  name: Counter<Label>['name'],
  help: string,
  ...labels: Label[]
): Counter<Label> {
  return { kind: 'counter', name, help, labels };
}

function histogram<Label extends string>(
  name: Histogram<Label>['name'],
  help: string,
  buckets: readonly number[],
  ...labels: Label[]
): Histogram<Label> {
  return { kind: 'histogram', name, help, buckets, labels };
}

export const MEASURES = {
  operationsFinished: counter(
    'drydock_operations_finished_total',
    'Ends of operations that were no dry runs; one that is retried ends again',
    ...(['type', 'outcome', 'code'] as const),
  ),
  operationDuration: histogram(
    'drydock_operation_duration_seconds',
    'From the claim of an operation that was no dry run to its end',
    MINUTES,
    ...(['type', 'outcome'] as const),
  ),
  windowStartDelay: histogram(
    'drydock_window_start_delay_seconds',
    'From the opening of the window, or from the planning within it, to the claim of the operation',
    DAYS,
    'type',
  ),
  windowMissed: counter(
    'drydock_window_missed_total',
    'Operations that did not begin in their windows',
    'type',
  ),
  approvalWait: histogram(
    'drydock_approval_wait_seconds',
    'From the question whether the next wave may run to its answer, or to the end of its time',
    DAYS,
    'answer',
  ),
  queueWait: histogram(
    'drydock_queue_wait_seconds',
    'From the request, or the retry, of an orchestration to its turn',
    DAYS,
    'lane',
  ),
  outsideRequest: histogram(
    'drydock_outside_request_duration_seconds',
    'Requests to the systems that upgrades and stacks need',
    SECONDS,
    ...(['system', 'outcome'] as const),
  ),
  projectionLag: histogram(
    'drydock_projection_lag_seconds',
    'From the decision of a workflow to its row',
    SECONDS,
  ),
  reconcileRepairs: counter(
    'drydock_reconcile_repairs_total',
    'Differences between database and engine that the reconciler has mended',
    'kind',
  ),
} as const;

export type MeasureName = keyof typeof MEASURES;

/** The values of the labels of a measure, all of them. */
export type LabelsOf<Name extends MeasureName> = Record<(typeof MEASURES)[Name]['labels'][number], string>;

/** Takes what happens: a number of times (by default once) of a counter, seconds of a histogram. Must neither wait nor throw. */
export type Meter = {
  [Name in MeasureName]: (labels: LabelsOf<Name>, value?: number) => void;
};

/** Takes one value of a measure. */
export type Take = (labels: Record<string, string>, value: number) => void;

/** A meter out of what takes the values of each measure. */
export function createMeter(takerOf: (measure: Measure) => Take): Meter {
  const entries = Object.entries(MEASURES).map(([name, measure]) => {
    const take = takerOf(measure);
    return [name, (labels: Record<string, string>, value = 1) => take(labels, value)];
  });
  return Object.fromEntries(entries) as Meter;
}

/** For programs and tests that measure nothing. */
export const SILENT_METER: Meter = createMeter(() => () => undefined);

/** Seconds from one RFC 3339 instant to another; 0 where clocks disagree. */
export function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1_000);
}
