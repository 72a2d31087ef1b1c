import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mintToken, startIssuer } from '../../src/dev/issuer/index.ts';
import { startLandscape } from '../../src/dev/landscape/index.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import {
  atEndOfFile,
  freePort,
  leaseNamespace,
  servers,
  temporaryFolder,
  until,
} from '../support/environment.ts';
import { runCommand } from '../support/program.ts';

describe('the services against outside systems', () => {
  it('A1, A3, A4, A12: migrate, api and worker as processes of their own carry an upgrade to its end', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o711);
    const database = await startPostgres({ dataDir: join(folder, 'postgres'), durable: false });
    atEndOfFile(() => database.stop());
    const issuerDir = join(folder, 'issuer');
    const issuer = await startIssuer({ dataDir: issuerDir, port: 0, audience: 'fleet' });
    atEndOfFile(() => issuer.close());
    const landscape = await startLandscape({
      dataDir: join(folder, 'landscape'),
      fleetSize: 10,
      upgradeSeconds: 0.2,
    });
    atEndOfFile(() => landscape.close());
    const port = await freePort();
    const env = {
      PORT: String(port),
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: servers().temporalAddress,
      TEMPORAL_NAMESPACE: leaseNamespace(),
      OIDC_ISSUER: issuer.issuerURL,
      OIDC_AUDIENCE: 'fleet',
      ADMIN_GROUP: 'captains',
      KUBECONFIG: landscape.kubeconfigPath,
      GARDENER_NAMESPACE: landscape.namespace,
      PROVISIONER_URL: landscape.provisionerURL,
      PROVISIONER_POLL_SECONDS: '0.2',
    };

    const early = runCommand('api', [], { env });
    expect(await early.exitCode).toBe(1);
    expect(early.output()).toMatch(/has no tables yet: run `npm run migrate` first/);
    // Two at once, as replicas do it.
    const migrations = [runCommand('migrate', [], { env }), runCommand('migrate', [], { env })];
    expect(await Promise.all(migrations.map(({ exitCode }) => exitCode))).toEqual([0, 0]);

    const api = runCommand('api', [], { env });
    const worker = runCommand('worker', [], { env });
    await api.says(/API is listening/);
    const token = await mintToken({
      dataDir: issuerDir,
      issuerURL: issuer.issuerURL,
      audience: 'fleet',
      subject: 'somebody',
      groups: ['captains'],
      expiresInSeconds: 600,
    });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const created = await fetch(`http://127.0.0.1:${port}/upgrade/kyma`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        targets: { include: [{ target: 'all' }] },
        strategy: { parallel: { workers: 3 } },
      }),
    });
    expect(created.status).toBe(202);
    const { orchestrationID } = z.object({ orchestrationID: z.uuid() }).parse(await created.json());
    await worker.says(/workers are running/);
    await until(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/orchestrations/${orchestrationID}`, { headers });
        return z.object({ state: z.string() }).parse(await answer.json()).state === 'succeeded';
      },
      { what: 'the end of the orchestration', limitMs: 60_000 },
    );
    const record = z.array(z.unknown()).parse(await (await fetch(`${landscape.adminURL}/upgrades`)).json());
    expect(record).toHaveLength(10);

    for (const service of [api, worker]) service.signal('SIGTERM');
    expect(await Promise.all([api.exitCode, worker.exitCode])).toEqual([0, 0]);
    for (const { output } of [api, worker]) expect(output()).not.toContain(new URL(database.url).password);
    // In production the log is one JSON object a line, on standard output.
    for (const line of [...api.stdout().trim().split('\n'), ...worker.stdout().trim().split('\n')]) {
      expect(JSON.parse(line)).toHaveProperty('msg');
    }
  }, 180_000);
});
