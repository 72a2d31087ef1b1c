/** The common ground of the clients of Kubernetes APIs: a deadline on every request, and one reading of what went wrong. */
import {
  ApiException,
  PatchStrategy,
  setHeaderOptions,
  type ConfigurationOptions,
  type KubeConfig,
  type ObservableMiddleware,
} from '@kubernetes/client-node';
import { z } from 'zod';
import { FinalError, UnavailableError, UnreadableError, type FailureCode } from '../domain/errors.ts';
import type { Meter } from '../domain/measures.ts';
import { unavailable, withDeadline } from './failures.ts';
import { quoted } from './redaction.ts';
import { outcomeOf, timing } from './request-timing.ts';

/** One page of a list of 500 Shoots is about 10 MB. */
export const KUBERNETES_TIMEOUT_MS = 30_000;

/** The list that a `continue` token belongs to is gone (HTTP 410): it must be read again from its start. */
export class ListExpiredError extends UnavailableError {
  constructor(target: KubernetesTarget) {
    super(target.system, `${target.name} says that the list expired before it was read to its end`);
    this.name = 'ListExpiredError';
  }
}

/** The object that was asked for by its name does not exist, by the word of the API itself. */
export class MissingObjectError extends FinalError {
  constructor(message: string) {
    super('OBJECT_MISSING', message);
    this.name = 'MissingObjectError';
  }
}

/** HTTP 409: `AlreadyExists` for a name that is taken, `Conflict` when an object is not what the request expects. */
export class ConflictError extends UnavailableError {
  constructor(
    target: KubernetesTarget,
    readonly reason: 'AlreadyExists' | 'Conflict',
    message: string,
  ) {
    super(target.system, message);
    this.name = 'ConflictError';
  }
}

/** A list's metadata; the number of items that follow is told only where no selector was given. */
export const listMetadataSchema = z.object({
  continue: z.string().nullish(),
  remainingItemCount: z.number().nullish(),
});

/** How many items of a kind there are, by the first page of a list: `0 Shoots`, `40 Shoots`, `at least 1 Secret`. */
export function countOf(
  kind: string,
  { items, metadata }: { items: readonly unknown[]; metadata?: z.infer<typeof listMetadataSchema> | null },
): string {
  const remaining = metadata?.remainingItemCount ?? 0;
  const count = items.length + remaining;
  const isLeast = remaining === 0 && Boolean(metadata?.continue);
  return `${isLeast ? 'at least ' : ''}${count} ${kind}${count === 1 ? '' : 's'}`;
}

/** A refusal that is about the object, not about the credentials of the caller. */
export interface Refusal {
  code: FailureCode;
  /** Like `mend the definition`. */
  advice: string;
}

const OF_STACKS: Refusal = {
  code: 'OBJECT_REFUSED',
  advice: 'mend the definition, or what the cluster permits',
};

/** Of which system a call is, and how its messages name it. */
export interface KubernetesTarget {
  system: 'inventory' | 'overrides' | 'objects';
  /** Like `The Gardener API`. */
  name: string;
  timeoutMs?: number;
  /** Of objects that are changed; that of the objects of stacks by default, none for what is only read. */
  refusal?: Refusal;
  /** Texts that must not be shown, whatever the API or something in front of it says. */
  secrets?: readonly string[];
  /** Told of the time of each request. */
  meter?: Meter;
}

/** Errors by which the API itself has answered. */
const ANSWERS = [ListExpiredError, ConflictError];

/** The credentials of a kubeconfig that stand in it as text. */
export function secretsOf(kubeConfig: KubeConfig): string[] {
  const user = kubeConfig.getCurrentUser();
  return [user?.token, user?.password].filter((secret) => typeof secret === 'string');
}

/**
 * Makes a call with a deadline. Throws UnavailableError when trying again may help (network, 5xx, 429, an answer that is
 * no JSON, refused credentials, which are rotated), ListExpiredError for 410, FinalError UNEXPECTED_ANSWER otherwise.
 * For a target with a refusal also MissingObjectError, ConflictError, and FinalError with its code for what is not valid or not
 * permitted there.
 */
export async function callKubernetes<T>(
  target: KubernetesTarget,
  work: (options: ConfigurationOptions) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const patience = { timeoutMs: target.timeoutMs ?? KUBERNETES_TIMEOUT_MS, signal };
  const { over } = timing(target.system, target.meter, target.name);
  try {
    const answer = await withDeadline(patience, (deadline) => work(withSignal(deadline)));
    over()('answered');
    return answer;
  } catch (error) {
    const failure =
      error instanceof ApiException
        ? fromStatus(target, error)
        : unavailable(target.system, target.name, error, patience, target.secrets);
    over()(outcomeOf(failure, signal, ANSWERS));
    throw failure;
  }
}

/** Undefined in place of a MissingObjectError. */
export async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/** An answer as the schema reads it; `kind` is its name in the UnreadableError for one that is something else. */
export function readAnswer<T>(
  { system, name }: KubernetesTarget,
  schema: z.ZodType<T>,
  answer: unknown,
  kind: string,
): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw new UnreadableError(system, `${name} answered with no ${kind} (at "${where}")`);
}

/** The options of a call that sends a JSON merge patch (RFC 7396). */
export function withMergePatch(call: ConfigurationOptions): ConfigurationOptions {
  return setHeaderOptions('Content-Type', PatchStrategy.MergePatch, call);
}

function withSignal(signal: AbortSignal): ConfigurationOptions {
  // The package offers no other way to reach the request than a middleware.
  const options = setHeaderOptions('Accept', 'application/json');
  const [accept] = options.middleware ?? [];
  if (!accept) return options;
  const middleware: ObservableMiddleware = {
    pre: (request) => {
      request.setSignal(signal);
      return accept.pre(request);
    },
    post: (response) => accept.post(response),
  };
  return { middleware: [middleware], middlewareMergeStrategy: 'append' };
}

function fromStatus(target: KubernetesTarget, error: ApiException<unknown>): Error {
  const { code } = error;
  if (code === 410) return new ListExpiredError(target);
  const status = statusOf(error.body);
  const said = status.message ? ` (${quoted(status.message, target.secrets)})` : '';
  const answered = `${target.name} answered ${code}${said}`;
  const refusal = target.refusal ?? (target.system === 'objects' ? OF_STACKS : undefined);
  const ofObject = refusal && objectError(target, refusal, { code, status, answered });
  if (ofObject) return ofObject;
  if (code === 401 || code === 403) {
    return new UnavailableError(
      target.system,
      `${answered}; check the credentials and roles of its kubeconfig`,
    );
  }
  if (code === 408 || code === 429 || code >= 500) return new UnavailableError(target.system, answered);
  return new FinalError(
    'UNEXPECTED_ANSWER',
    `${answered}; check that its kubeconfig names the right cluster and that its API serves what is asked for`,
  );
}

/** Roles and namespaces that are about to go are for an operator to mend; any other 403 is about the object. */
const FORBIDDEN_FOR_NOW = /\bcannot \w+ resource\b|\bbeing terminated\b/;

function objectError(
  target: KubernetesTarget,
  refusal: Refusal,
  { code, status, answered }: { code: number; status: Status; answered: string },
): Error | undefined {
  const { reason, message = '', details } = status;
  if (code === 404 && details?.kind === 'namespaces' && target.system === 'objects') {
    return new FinalError('OBJECT_REFUSED', `${answered}; create that namespace, or set STACKS_NAMESPACE`);
  }
  // Something before the API, or an API without these kinds, answers 404 too: then the object may well exist.
  if (code === 404 && reason === 'NotFound' && details?.name) return new MissingObjectError(answered);
  if (code === 409) {
    return new ConflictError(target, reason === 'AlreadyExists' ? 'AlreadyExists' : 'Conflict', answered);
  }
  // A patch that names an identity meets another object of that name: the server takes it for a change of the identity.
  if (code === 422 && details?.causes?.some(({ field }) => field === 'metadata.uid')) {
    return new ConflictError(target, 'Conflict', answered);
  }
  const forbidden = code === 403 && reason === 'Forbidden' && !FORBIDDEN_FOR_NOW.test(message);
  if (forbidden || [400, 413, 422].includes(code)) {
    return new FinalError(refusal.code, `${answered}; ${refusal.advice}`);
  }
  return undefined;
}

const statusSchema = z.object({
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z
    .object({
      name: z.string().optional(),
      kind: z.string().optional(),
      causes: z.array(z.object({ field: z.string().optional() })).optional(),
    })
    .optional(),
});
type Status = z.infer<typeof statusSchema>;

/** A Kubernetes Status object, whatever form the package hands it over in; empty when it is none. */
function statusOf(body: unknown): Status {
  return statusSchema.safeParse(typeof body === 'string' ? parseJson(body) : body).data ?? {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
