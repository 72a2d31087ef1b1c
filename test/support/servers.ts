/** The servers of one test run, as the global setups provide them to the test files of their projects. */
import 'vitest';

export interface DatabaseServer {
  /** Temporary folder of the run; removed at its end. */
  folder: string;
  /** PostgreSQL's database `drydock`, for administration: tests use their own databases. */
  postgresURL: string;
}

export interface EngineServer {
  temporalAddress: string;
  /** The `temporal` program. */
  temporalProgram: string;
  namespaces: string[];
}

export interface TestServers extends DatabaseServer, EngineServer {}

/** Migrated once; every database of a test is a copy of it. */
export const TEMPLATE_DATABASE = 'drydock_template';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Missing in the project `pure`. */
    database?: DatabaseServer;
    /** Given in the project `engine` alone. */
    engine?: EngineServer;
  }
}
