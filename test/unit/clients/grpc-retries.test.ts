import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Connection } from '@temporalio/client';
import { expect, it, vi } from 'vitest';
import { retriesUntilClosed } from '../../../src/clients/grpc-retries.ts';
import { atEndOfFile, until } from '../../support/environment.ts';

it('refuses a call whose next attempt finds the connection closed, where its caller hears of it', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  atEndOfFile(() => void server.close());
  await once(server, 'listening');
  const connection = Connection.lazy({
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    interceptors: [retriesUntilClosed()],
  });
  const timers = vi.spyOn(globalThis, 'setTimeout');
  atEndOfFile(() => void timers.mockRestore());
  const call = connection.workflowService.getSystemInfo({});
  const refused = expect(call).rejects.toThrow(/Channel has been shut down/);
  // The SDK waits 170 ms before the second attempt, a fifth more or less.
  await until(() => timers.mock.calls.some(([, ms = 0]) => ms > 130 && ms < 210), {
    what: 'that the first attempt has failed',
  });
  await connection.close();
  await refused;
});
