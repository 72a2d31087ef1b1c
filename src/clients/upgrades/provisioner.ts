import { GraphQLClient } from 'graphql-request';
import { z } from 'zod';
import { UnavailableError, type FailureCode } from '../../domain/errors.ts';
import type { Meter } from '../../domain/measures.ts';
import { outsideText } from '../outside-text.ts';
import type { KymaConfig } from '../../domain/upgrades/operation-config.ts';
import { withDeadline } from '../failures.ts';
import { outcomeOf, timing, type Tell } from '../request-timing.ts';
import {
  authorizationFor,
  passwordOf,
  type Authorization,
  type ProvisionerCredentials,
} from './provisioner-credentials.ts';
import { PROVISIONER_DOCUMENTS, type ProvisionerDocument } from './provisioner-documents.ts';
import { classifyProvisionerError, isUnauthorized } from './provisioner-errors.ts';
import type {
  Look,
  ProvisionerClient,
  ProvisionerOperation,
  ProvisionerSendOptions,
} from './outside-systems.ts';

export type { ProvisionerCredentials } from './provisioner-credentials.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

const operationSchema = z.object({
  id: outsideText.pipe(z.string().min(1)),
  operation: outsideText,
  state: z.enum(['Pending', 'InProgress', 'Succeeded', 'Failed']),
  message: outsideText.nullish(),
  runtimeID: outsideText.nullish(),
  lastError: z
    .object({
      errMessage: outsideText.nullish(),
      reason: outsideText.nullish(),
      component: outsideText.nullish(),
    })
    .nullish(),
});
const runtimeSchema = z.object({ lastOperationStatus: operationSchema.nullish() }).nullish();

const configurationSchema = z
  .object({
    lastOperationStatus: operationSchema.pick({ operation: true, state: true }).nullish(),
    runtimeConfiguration: z
      .object({ kymaConfig: z.object({ version: outsideText.nullish() }).nullish() })
      .nullish(),
  })
  .nullish();

export interface ProvisionerOptions {
  /** The GraphQL endpoint. */
  url: string;
  credentials?: ProvisionerCredentials;
  /** Milliseconds that one request may take, default 30,000. */
  timeoutMs?: number;
  /** Milliseconds since the epoch; decides when a token is renewed. */
  clock?: () => number;
  meter?: Meter;
}

interface Call extends ProvisionerSendOptions {
  document: ProvisionerDocument;
  variables?: { id: string; config?: object };
  unknownSubject: FailureCode;
}

/** The Runtime Provisioner (GraphQL). It retries nothing: whoever follows an operation knows better when to try again. */
export function createProvisionerClient(options: ProvisionerOptions): ProvisionerClient & { look: Look } {
  const transport = new Transport(options);
  return {
    async look(signal) {
      const answer = await transport.call({
        document: 'look',
        unknownSubject: 'PROVISIONER_REFUSED',
        signal,
      });
      if (typeof answer === 'string') return 'answers GraphQL';
      throw new UnavailableError(
        'provisioner',
        'The Provisioner gave no usable answer; check PROVISIONER_URL',
      );
    },
    async upgradeRuntime(id, kymaConfig, options) {
      const answer = await transport.call({
        document: 'upgradeRuntime',
        variables: { id, config: { kymaConfig } },
        unknownSubject: 'PROVISIONER_REFUSED',
        ...options,
        secrets: () => Promise.resolve(secretsOf(kymaConfig)),
      });
      return readOperation(answer, id);
    },
    async upgradeShoot(id, gardenerConfig, options) {
      const answer = await transport.call({
        document: 'upgradeShoot',
        variables: { id, config: { gardenerConfig } },
        unknownSubject: 'PROVISIONER_REFUSED',
        ...options,
      });
      return readOperation(answer, id);
    },
    async operationStatus(id, options) {
      const answer = await transport.call({
        document: 'runtimeOperationStatus',
        variables: { id },
        unknownSubject: 'OPERATION_UNKNOWN',
        ...options,
      });
      return readOperation(answer, '');
    },
    async lastOperation(id, options) {
      const answer = await transport.call({
        document: 'runtimeStatus',
        variables: { id },
        unknownSubject: 'PROVISIONER_REFUSED',
        ...options,
      });
      const parsed = runtimeSchema.safeParse(answer);
      if (!parsed.success) throw notUnderstood(parsed.error);
      const last = parsed.data?.lastOperationStatus;
      return last ? toOperation(last, id) : undefined;
    },
    async kymaVersion(id, options) {
      const answer = await transport.call({
        document: 'kymaVersion',
        variables: { id },
        unknownSubject: 'PROVISIONER_REFUSED',
        ...options,
      });
      const parsed = configurationSchema.safeParse(answer);
      if (!parsed.success) throw notUnderstood(parsed.error);
      const { lastOperationStatus: last, runtimeConfiguration } = parsed.data ?? {};
      if (last?.operation === 'Upgrade' && last.state !== 'Succeeded') return undefined;
      return runtimeConfiguration?.kymaConfig?.version || undefined;
    },
  };
}

class Transport {
  private readonly client: GraphQLClient;
  private readonly authorization: Authorization;
  private readonly timeoutMs: number;
  private readonly urlPassword: string;
  private readonly meter?: Meter;

  constructor(options: ProvisionerOptions) {
    this.client = new GraphQLClient(options.url);
    this.authorization = authorizationFor(options.credentials ?? { kind: 'none' }, options.clock ?? Date.now);
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.urlPassword = passwordOf(options.url);
    this.meter = options.meter;
  }

  async call(call: Call): Promise<unknown> {
    const first = await this.send(call);
    // A refused token means that nothing was done: sending it once more is safe for a mutation, too.
    const renewed = isUnauthorized(first.error) && this.authorization.renew();
    if (renewed) first.tell('refused');
    const { error, result, tell } = renewed ? await this.send(call) : first;
    if (error === undefined) {
      tell('answered');
      return result;
    }
    const failure = classifyProvisionerError(error, {
      unknownSubject: call.unknownSubject,
      timeoutMs: this.timeoutMs,
      signal: call.signal,
      credentials: [...this.authorization.secrets(), this.urlPassword],
      sent: call.secrets ? await call.secrets() : [],
    });
    tell(outcomeOf(failure, call.signal));
    throw failure;
  }

  /** Sends one request. Throws only what was thrown before it went out; what became of it afterwards is answered. */
  private async send(call: Call): Promise<{ result?: unknown; error?: unknown; tell: Tell }> {
    const { document, variables, signal, tenant } = call;
    const authorization = await this.authorization.header();
    const requestHeaders = {
      ...(authorization === undefined ? {} : { authorization }),
      ...(tenant === undefined || tenant === '' ? {} : { tenant }),
    };
    await call.beforeSending?.();
    const { over, headers } = timing('provisioner', this.meter, `Provisioner ${document}`);
    try {
      const answer = await withDeadline({ timeoutMs: this.timeoutMs, signal }, (deadline) =>
        this.client.request<{ result?: unknown } | null>({
          document: PROVISIONER_DOCUMENTS[document],
          variables,
          requestHeaders: { ...headers, ...requestHeaders },
          signal: deadline,
        }),
      );
      return { result: answer?.result, tell: over() };
    } catch (error) {
      return { error, tell: over() };
    }
  }
}

function secretsOf(config: KymaConfig): string[] {
  return [config.configuration, ...config.components.map((component) => component.configuration)]
    .flat()
    .filter((entry) => entry.secret)
    .map((entry) => entry.value);
}

function readOperation(answer: unknown, runtimeID: string): ProvisionerOperation {
  const parsed = operationSchema.safeParse(answer);
  if (!parsed.success) throw notUnderstood(parsed.error);
  return toOperation(parsed.data, runtimeID);
}

function toOperation(operation: z.infer<typeof operationSchema>, runtimeID: string): ProvisionerOperation {
  const { lastError } = operation;
  return {
    ...operation,
    message: operation.message ?? '',
    runtimeID: operation.runtimeID ?? runtimeID,
    lastError: lastError
      ? {
          errMessage: lastError.errMessage ?? undefined,
          reason: lastError.reason ?? undefined,
          component: lastError.component ?? undefined,
        }
      : undefined,
  };
}

function notUnderstood(error: z.ZodError): UnavailableError {
  const where = error.issues[0]?.path.join('.') ?? '';
  return new UnavailableError(
    'provisioner',
    `The Provisioner gave no usable answer${where === '' ? '' : ` (at "${where}")`}`,
  );
}
