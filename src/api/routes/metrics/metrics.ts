import { Gauge, type Registry } from 'prom-client';
import type { Api, AppDependencies } from '../../api-dependencies.ts';
import type { EventStreams } from '../../event-stream/event-streams.ts';
import { createStateGauges } from '../../metrics/state-gauges.ts';

/** For Prometheus: what this process has counted, and the state of the rows, which is the same from every process. */
export function registerMetrics(
  api: Api,
  deps: Pick<AppDependencies, 'repositories' | 'clock' | 'elapsed' | 'lanes' | 'logger' | 'version'>,
  { registry, streams }: { registry: Registry; streams: Pick<EventStreams, 'count'> },
): void {
  const registers = [registry];
  const build = { name: 'drydock_build_info', help: 'Version of this process', labelNames: ['version'] };
  new Gauge({ ...build, registers }).set({ version: deps.version ?? 'unknown' }, 1);
  const clients = new Gauge({
    name: 'drydock_event_stream_clients',
    help: 'Clients that are connected to the event stream of this process',
    registers,
  });
  const state = createStateGauges(registry, deps);
  api.get('/metrics', async (c) => {
    clients.set(streams.count);
    await state.refresh();
    return c.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType });
  });
}
