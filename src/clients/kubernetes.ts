/** What the clients of Kubernetes APIs share: a deadline on every request, and one reading of what went wrong. */
import {
  ApiException,
  setHeaderOptions,
  type ConfigurationOptions,
  type ObservableMiddleware,
} from '@kubernetes/client-node';
import { FinalError, UnavailableError } from '../domain/errors.ts';
import { oneLine, unavailable, withDeadline } from './failures.ts';

/** One page of a list of 500 Shoots is about 10 MB. */
export const KUBERNETES_TIMEOUT_MS = 30_000;

/** The list that a `continue` token belongs to is gone (HTTP 410): it must be read again from its start. */
export class ListExpiredError extends UnavailableError {
  constructor(target: KubernetesTarget) {
    super(target.system, `${target.name} says that the list expired before it was read to its end`);
    this.name = 'ListExpiredError';
  }
}

/** Of which system a call is, and how its messages name it. */
export interface KubernetesTarget {
  system: 'inventory' | 'overrides';
  /** Like `The Gardener API`. */
  name: string;
  timeoutMs?: number;
}

/**
 * Makes a call with a deadline. Throws UnavailableError when trying again may help (network, 5xx, 429, an answer that is
 * no JSON, refused credentials, which are rotated), ListExpiredError for 410, FinalError UNEXPECTED_ANSWER otherwise.
 */
export async function callKubernetes<T>(
  target: KubernetesTarget,
  work: (options: ConfigurationOptions) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const patience = { timeoutMs: target.timeoutMs ?? KUBERNETES_TIMEOUT_MS, signal };
  try {
    return await withDeadline(patience, (deadline) => work(withSignal(deadline)));
  } catch (error) {
    if (error instanceof ApiException) throw fromStatus(target, error);
    throw unavailable(target.system, target.name, error, patience);
  }
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
  const answered = `${target.name} answered ${code}${detailOf(error.body)}`;
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

/** The message of a Kubernetes Status object, whatever form the package hands it over in. */
function detailOf(body: unknown): string {
  const status = typeof body === 'string' ? parseJson(body) : body;
  if (typeof status !== 'object' || status === null || !('message' in status)) return '';
  return typeof status.message === 'string' ? ` (${oneLine(status.message)})` : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
