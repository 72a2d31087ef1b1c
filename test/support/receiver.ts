/** A receiver of webhooks, which does as the test says and keeps what it got. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { atEndOfTest } from './endings.ts';

export interface Received {
  id: string;
  /** Seconds since the epoch. */
  timestamp: number;
  signatures: string[];
  headers: IncomingMessage['headers'];
  body: string;
}

export type Answering = (received: Received, response: ServerResponse) => void;

export interface Receiver {
  url: string;
  got: Received[];
  /** How it answers from now on; by default with 204. */
  answers: Answering;
}

export const status =
  (code: number, text = ''): Answering =>
  (_received, response) =>
    response.writeHead(code).end(text);
export const silence: Answering = () => undefined;

/** Ends with the test; over TLS with a key and its certificate. */
export async function startReceiver(
  answers = status(204),
  tls?: { key: string; cert: string },
): Promise<Receiver> {
  const receiver: Receiver = { url: '', got: [], answers };
  const listener: RequestListener = (request, response) => {
    void readText(request).then((body) => {
      const header = (name: string): string => {
        const value = request.headers[name];
        return typeof value === 'string' ? value : '';
      };
      const received = {
        id: header('webhook-id'),
        timestamp: Number(header('webhook-timestamp')),
        signatures: header('webhook-signature').split(' '),
        headers: request.headers,
        body,
      };
      receiver.got.push(received);
      receiver.answers(received, response);
    });
  };
  const server = tls ? createTLSServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  atEndOfTest(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return receiver;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export function newSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`;
}

/** As the reference library says; it does not look at the time here, which tests play. */
export function isSignedBy(secret: string, { id, timestamp, signatures, body }: Received): boolean {
  return signatures.includes(new Webhook(secret).sign(id, new Date(timestamp * 1_000), body));
}
