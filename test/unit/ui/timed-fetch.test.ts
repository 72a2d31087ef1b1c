import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { timedFetch } from '../../../src/ui/timed-fetch.ts';
import { atEndOfFile } from '../../support/endings.ts';

it('a request that nobody answers ends', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const request = new Request(`http://127.0.0.1:${port}/fleet`);
  await expect(timedFetch(50)(request)).rejects.toMatchObject({ name: 'TimeoutError' });
});
