import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { OperatorPage, PageAsset } from '../../api/routes/page/page.ts';
import { BASE_PLACE, pageFolder } from './page-build.mjs';

/** Builds the operator's page, for which nothing waits: the answer says how it stands at the time that it is asked. */
export function operatorPage(logger: Logger, keptIn?: string): () => OperatorPage {
  let page: OperatorPage = { state: 'building' };
  pageFolder(keptIn)
    .then((folder) => {
      page = readPage(folder);
    })
    .catch((err: unknown) => {
      logger.error({ err }, "the operator's page could not be built");
      page = { state: 'failed' };
    });
  return () => page;
}

function readPage(folder: string): OperatorPage {
  const index = readFileSync(join(folder, 'index.html'), 'utf8');
  const assets = new Map<string, PageAsset>();
  const names = readdirSync(join(folder, 'assets')).filter((name) => !name.endsWith('.gz'));
  for (const name of names) {
    const read = (file: string): Uint8Array<ArrayBuffer> =>
      new Uint8Array(readFileSync(join(folder, 'assets', file)));
    assets.set(name, { body: read(name), gzipped: read(`${name}.gz`) });
  }
  return { state: 'ready', indexAt: (base) => index.replaceAll(BASE_PLACE, base), assets };
}
