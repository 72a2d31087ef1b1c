/** Traces by OpenTelemetry, from the request over workflows and activities to the systems that upgrades need. Nothing of it is loaded while they are off. */
import { createRequire } from 'node:module';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import type { OpenTelemetrySinks } from '@temporalio/interceptors-opentelemetry/lib/workflow/index.js';
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import { buildVersion } from './build-version.ts';
import type { Shutdown } from './shutdown.ts';

/** Module that is bundled with the workflows when they are traced. */
export function workflowTracingModule(): string {
  return createRequire(import.meta.url).resolve(
    '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors.js',
  );
}

export interface Tracing {
  /** For clients of Temporal: hand the trace on to workflows. */
  clientInterceptors(): Promise<WorkflowClientInterceptor[]>;
  /** For workers: go on with the trace in activities, and take the spans of workflows. */
  forWorkers(): Promise<{ activity: ActivityInterceptorsFactory; sinks: InjectedSinks<OpenTelemetrySinks> }>;
  /** Sends what is left, within seconds. */
  close(): Promise<void>;
}

/** A collector that does not answer holds up nothing for longer. */
const EXPORT_LIMIT_MS = 3_000;

/**
 * Sends spans to `endpoint`, a collector's base URL for OTLP over HTTP. Once per process, before anything that is to be traced. The
 * packages read further variables of OpenTelemetry, like OTEL_EXPORTER_OTLP_HEADERS, by themselves.
 */
export async function startTracing(endpoint: string, serviceName: string, logger: Logger): Promise<Tracing> {
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { Resource }] = await Promise.all(
    [
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ],
  );
  const resource = new Resource({ 'service.name': serviceName, 'service.version': buildVersion() });
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const processor = new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_LIMIT_MS }), {
    exportTimeoutMillis: EXPORT_LIMIT_MS,
  });
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] });
  provider.register();
  tellOnce(logger);
  return {
    clientInterceptors: async () => {
      const { OpenTelemetryWorkflowClientInterceptor } =
        await import('@temporalio/interceptors-opentelemetry/lib/client/index.js');
      return [new OpenTelemetryWorkflowClientInterceptor()];
    },
    forWorkers: async () => {
      const traced = await import('@temporalio/interceptors-opentelemetry/lib/worker/index.js');
      return {
        activity: (context) => ({ inbound: new traced.OpenTelemetryActivityInboundInterceptor(context) }),
        sinks: { exporter: traced.makeWorkflowExporter(processor, resource) },
      };
    },
    close: async () => {
      try {
        await provider.shutdown();
      } catch (err) {
        logger.warn({ err }, 'the last traces could not be sent');
      }
    },
  };
}

/** A collector that is away is told of once; later complaints come every few seconds. */
function tellOnce(logger: Logger): void {
  let isTold = false;
  const tell = (message: string): void => {
    logger[isTold ? 'debug' : 'warn']({ reason: message.slice(0, 500) }, 'traces cannot be sent');
    isTold = true;
  };
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore },
    DiagLogLevel.WARN,
  );
}

/** Traces by the settings, until the end of the program; undefined while they are off. */
export async function traceIn(
  shutdown: Shutdown,
  { tracesEndpoint }: Config,
  serviceName: string,
  logger: Logger,
): Promise<Tracing | undefined> {
  if (tracesEndpoint === undefined) return undefined;
  const tracing = await startTracing(tracesEndpoint, serviceName, logger);
  shutdown.add('sending the last traces', () => tracing.close());
  return tracing;
}
