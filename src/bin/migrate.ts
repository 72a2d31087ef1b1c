/** `npm run migrate`: brings the database of DATABASE_URL up to date, and ends. Replicas may run it at the same time. */
import { ConfigurationError, loadConfig } from '../config/index.ts';
import { migrateDatabase } from './compose/connections.ts';
import { runProgram } from './compose/shutdown.ts';

const say = (line: string): void => console.error(line);

await runProgram({ say, env: process.env }, async () => {
  const { databaseURL } = loadConfig(process.env);
  if (databaseURL === undefined)
    throw new ConfigurationError(['DATABASE_URL must be set for `npm run migrate`.']);
  await migrateDatabase(databaseURL);
  say('The database is up to date.');
  return 0;
});
