import type { TypedResponse } from 'hono';
import type { JSONParsed } from 'hono/utils/types';
import type { ApiContext } from '../../api-dependencies.ts';
import { JSON_TYPE } from '../../media-types.ts';

/**
 * An answer whose JSON is written as it is read, piece by piece: it may be larger than memory should hold. What fails
 * before the first piece is there fails the request as usual. `what` names the answer in the log, with the fields of `of`.
 */
export async function answerPieces<T, Status extends 200 | 201>(
  c: ApiContext,
  pieces: AsyncGenerator<string, void, undefined>,
  status: Status,
  what: string,
  of: Record<string, string> = {},
): Promise<Response & TypedResponse<JSONParsed<T>, Status, 'json'>> {
  const first = await pieces.next();
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (!first.done) controller.enqueue(encoder.encode(first.value));
    },
    pull: async (controller) => {
      try {
        const piece = await pieces.next();
        if (piece.done) controller.close();
        else controller.enqueue(encoder.encode(piece.value));
      } catch (error) {
        // The status is sent already: only a connection that breaks off says that this is not all.
        c.var.logger.error({ err: error, ...of }, `${what} could not be sent to its end`);
        controller.error(error);
      }
    },
    cancel: async () => void (await pieces.return(undefined)),
  });
  // To Hono's types a stream is no JSON.
  return c.body(stream, status, { 'Content-Type': JSON_TYPE }) as unknown as Response &
    TypedResponse<JSONParsed<T>, Status, 'json'>;
}
