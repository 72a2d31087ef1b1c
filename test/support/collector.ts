/** A collector of traces, as far as tests need one: OTLP over HTTP with JSON. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { z } from 'zod';
import { atEndOfFile } from './endings.ts';

export interface CollectedSpan {
  service: string;
  name: string;
  traceID: string;
  spanID: string;
  /** Empty for the first one of a trace. */
  parentID: string;
}

export interface Collector {
  url: string;
  /** In the order in which they came. */
  spans: CollectedSpan[];
}

const exportSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({
        attributes: z.array(
          z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }) }),
        ),
      }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              name: z.string(),
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** Listens until the end of the test file. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      for (const { resource, scopeSpans } of exportSchema.parse(JSON.parse(body)).resourceSpans) {
        const name = resource.attributes.find(({ key }) => key === 'service.name');
        const service = name?.value.stringValue ?? '';
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          const { traceId: traceID, spanId: spanID, parentSpanId: parentID = '' } = span;
          spans.push({ service, name: span.name, traceID, spanID, parentID });
        }
      }
      response.setHeader('Content-Type', 'application/json').end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEndOfFile(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The collector listens on no port');
  return { url: `http://127.0.0.1:${address.port}`, spans };
}
