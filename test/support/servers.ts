/** The servers of one test run, as the global setup provides them to every test file. */
import 'vitest';

export interface TestServers {
  /** Temporary folder of the run; removed at its end. */
  folder: string;
  /** PostgreSQL's database `drydock`, for administration: tests use their own databases. */
  postgresURL: string;
  temporalAddress: string;
  /** The `temporal` program. */
  temporalProgram: string;
  namespaces: string[];
}

/** Migrated once; every database of a test is a copy of it. */
export const TEMPLATE_DATABASE = 'drydock_template';

declare module 'vitest' {
  export interface ProvidedContext {
    servers: TestServers;
  }
}
