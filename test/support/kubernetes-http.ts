/**
 * A Kubernetes API as it is spoken on the wire: what a person with kubectl does, and what tests of the API itself look at.
 */
import { request as overHTTP } from 'node:http';
import { request as overHTTPS, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';

export interface KubernetesAnswer {
  status: number;
  /** Undefined when it is no JSON. */
  body: unknown;
}

export interface KubernetesRequest {
  body?: unknown;
  /** Default `application/json`. */
  type?: string;
}

/** A server that hangs must not hang a test. */
const ANSWER_LIMIT_MS = 30_000;

export class KubernetesHTTP {
  constructor(private readonly kubeConfig: KubeConfig) {}

  /** Answers whatever comes back. */
  async request(
    method: string,
    path: string,
    { body, type }: KubernetesRequest = {},
  ): Promise<KubernetesAnswer> {
    const url = new URL(path, this.kubeConfig.getCurrentCluster()?.server);
    const options: RequestOptions = { method };
    await this.kubeConfig.applyToHTTPSOptions(options);
    const text = body === undefined ? undefined : JSON.stringify(body);
    return await new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? overHTTPS : overHTTP;
      const request = send(url, options, (response) => {
        let answered = '';
        response.setEncoding('utf8').on('data', (part: string) => (answered += part));
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(answered) }));
      });
      request.once('error', reject);
      request.setTimeout(ANSWER_LIMIT_MS, () => {
        request.destroy(new Error(`${method} ${path} was not answered within ${ANSWER_LIMIT_MS} ms`));
      });
      request.setHeader('accept', 'application/json');
      if (text !== undefined) {
        request.setHeader('content-type', type ?? 'application/json');
        // Without it the body of a DELETE is sent and never read.
        request.setHeader('content-length', Buffer.byteLength(text));
      }
      request.end(text);
    });
  }

  /** Answers the body; throws for an error. */
  async ask(method: string, path: string, request: KubernetesRequest = {}): Promise<Shown> {
    const { status, body } = await this.request(method, path, request);
    if (status >= 400) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(body)}`);
    return shownSchema.parse(body);
  }

  create(path: string, body: object): Promise<Shown> {
    return this.ask('POST', path, { body });
  }

  merge(path: string, body: object): Promise<Shown> {
    return this.ask('PATCH', path, { body, type: MERGE_PATCH });
  }
}

export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';

const texts = z.record(z.string(), z.string()).default({});

/** An object, a list or a Status, as far as tests look into them. */
const shownSchema = z.looseObject({
  kind: z.string().optional(),
  metadata: z
    .looseObject({
      name: z.string().optional(),
      uid: z.string().optional(),
      resourceVersion: z.string().optional(),
      generation: z.number().optional(),
      deletionTimestamp: z.string().optional(),
      finalizers: z.array(z.string()).optional(),
      continue: z.string().optional(),
      remainingItemCount: z.number().optional(),
      annotations: texts,
      labels: texts,
    })
    .default({ annotations: {}, labels: {} }),
});
export type Shown = z.infer<typeof shownSchema>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, or nothing: the caller looks at the status.
    return undefined;
  }
}
