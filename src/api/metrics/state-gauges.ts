import { Gauge, type Registry } from 'prom-client';
import type { AppDependencies } from '../api-dependencies.ts';
import { within } from '../time-limit.ts';
import { readState } from './read-state.ts';
import { STATE_GAUGES, valuesOf, type StateGaugeName } from './state-values.ts';

/** Several scrapers, and whoever looks by hand, share what was read. */
const FRESH_MS = 5_000;
/** Prometheus gives a scrape up after ten seconds, unless told otherwise. */
const LIMIT_MS = 3_000;

export interface StateGauges {
  /**
   * Reads the rows unless that was within five seconds. When they can't be read in three, `drydock_database_up` is 0, and gauges of rows have no
   * values: old ones would look like true ones. Never throws.
   */
  refresh(): Promise<void>;
}

type Deps = Pick<AppDependencies, 'repositories' | 'clock' | 'lanes' | 'logger' | 'elapsed'>;

/** Gauges of the state of the rows, shown by the registry. */
export function createStateGauges(registry: Registry, deps: Deps): StateGauges {
  const { logger, lanes, clock, elapsed = () => performance.now() } = deps;
  const registers = [registry];
  const up = new Gauge({
    name: 'drydock_database_up',
    help: 'Whether the rows could be read for this answer; the gauges of rows are absent otherwise',
    registers,
  });
  const gauges = Object.entries(STATE_GAUGES).map(([name, [help, ...labelNames]]) => {
    const gauge = new Gauge<string>({ name: `drydock_${name}`, help, labelNames, registers });
    const clear = (): void => {
      gauge.reset();
      // Without labels, that has set it to 0.
      if (labelNames.length === 0) gauge.remove();
    };
    return { name: name as StateGaugeName, gauge, clear };
  });
  let reading: Promise<void> | undefined;
  let readAtMs: number | undefined;
  let isUp: boolean | undefined;
  hide();

  function hide(): void {
    up.set(0);
    for (const { clear } of gauges) clear();
  }

  async function read(): Promise<void> {
    const state = await readState(deps);
    const values = valuesOf(state, lanes, clock());
    for (const { name, gauge, clear } of gauges) {
      clear();
      for (const [labels, value] of values[name]) gauge.set(labels, value);
    }
    up.set(1);
    if (isUp === false) logger.info('metrics show the state of the rows again');
    isUp = true;
  }

  return {
    refresh: async () => {
      if (readAtMs !== undefined && elapsed() - readAtMs < FRESH_MS) return;
      // A read that takes long is not begun once more beside itself.
      reading ??= read().finally(() => {
        reading = undefined;
      });
      try {
        await within(LIMIT_MS, reading, () => new Error(`The rows were not read within ${LIMIT_MS} ms`));
      } catch (err) {
        hide();
        if (isUp !== false) logger.warn({ err }, 'metrics do not show the state of the rows');
        isUp = false;
      }
      readAtMs = elapsed();
    },
  };
}
