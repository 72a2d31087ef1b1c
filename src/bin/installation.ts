/**
 * `npm run installation`: says which installation a database is and which namespace of Temporal it works with. With
 * `-- --move` it binds it to the namespace that is configured now, with `-- --copy` it makes a copied database an
 * installation of its own. The service must not run meanwhile.
 */
import { parseArgs } from 'node:util';
import { ConfigurationError, loadConfig } from '../config/index.ts';
import { createRepositories } from '../db/repositories/index.ts';
import { copyInstallation, moveInstallation } from './compose/binding.ts';
import { connectDatabase, connectTemporal } from './compose/connections.ts';
import { runProgram } from './compose/shutdown.ts';

const USAGE = 'Usage: npm run installation [-- --move | --copy]';

const say = (line: string): void => console.error(line);

await runProgram({ say, env: process.env }, async (shutdown) => {
  const wanted = readArguments();
  const { databaseURL, temporal } = loadConfig(process.env);
  if (databaseURL === undefined || !temporal.connection) {
    throw new ConfigurationError([
      'DATABASE_URL and TEMPORAL_ADDRESS must be set for `npm run installation`.',
    ]);
  }
  const database = await connectDatabase(databaseURL, 'drydock installation');
  shutdown.add('closing the connection to the database', () => database.close());
  const { installation } = createRepositories(database);
  if (wanted !== 'show') {
    const client = await connectTemporal(temporal.connection, temporal.namespace);
    shutdown.add('closing the connection to Temporal', () => client.connection.close());
    await (wanted === 'move' ? moveInstallation : copyInstallation)(installation, client);
  }
  const { id, namespaceID } = await installation.read();
  console.log(
    `installation ${id}, bound to ${namespaceID === null ? 'no namespace yet' : `the Temporal namespace ${namespaceID}`}`,
  );
  return 0;
});

function readArguments(): 'show' | 'move' | 'copy' {
  const options = { move: { type: 'boolean' }, copy: { type: 'boolean' } } as const;
  try {
    const { move, copy } = parseArgs({ options }).values;
    if (move && copy) throw new Error('it is either a move or a copy');
    return move ? 'move' : copy ? 'copy' : 'show';
  } catch (error) {
    throw new ConfigurationError([`${error instanceof Error ? error.message : String(error)}. ${USAGE}`]);
  }
}
