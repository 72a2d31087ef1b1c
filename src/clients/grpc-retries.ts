import {
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
  type GrpcRetryOptions,
} from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Parameters<Interceptor>[1]>;
type Status = Parameters<GrpcRetryOptions['retryableDecider']>[1];

/**
 * The SDK's own retries of calls to Temporal, for a connection that may be closed while a call waits for its next
 * attempt: the call then ends as the attempt before did. The SDK's alone would throw in a timer, where nobody can
 * catch it, and end the process.
 */
export function retriesUntilClosed(): Interceptor {
  const { retryableDecider, delayFunction } = defaultGrpcRetryOptions();
  return (options, nextCall) => {
    let failed: Status | undefined;
    let isClosed = false;
    const retry = makeGrpcRetryInterceptor({
      delayFunction,
      retryableDecider: (attempt, status) => {
        failed = status;
        return !isClosed && retryableDecider(attempt, status);
      },
    });
    return retry(options, (each) => {
      try {
        return nextCall(each);
      } catch (error) {
        // The first attempt is made in the caller's own turn.
        if (!failed) throw error;
        isClosed = true;
        return endedCall({ ...failed, details: error instanceof Error ? error.message : String(error) });
      }
    });
  };
}

function endedCall(status: Status): Call {
  const nothing = (): void => undefined;
  return {
    start: (_metadata, listener) => listener?.onReceiveStatus?.(status),
    sendMessage: nothing,
    sendMessageWithContext: nothing,
    startRead: nothing,
    halfClose: nothing,
    cancelWithStatus: nothing,
    getPeer: () => '',
    getAuthContext: () => null,
  };
}
