/** The servers of one test run, as the global setups provide them to the test files of their projects. */
import 'vitest';

export interface DatabaseServer {
  /** Temporary folder of the run; removed at its end. */
  folder: string;
  /** PostgreSQL's database `drydock`, for administration: tests use their own databases. */
  postgresURL: string;
}

export interface TemporalServer {
  address: string;
  /** Each is used by one test only. */
  namespaces: string[];
}

/** Kinds of namespaces. One for `schedules` costs a worker of the server's own, from beginning to end. */
export type NamespaceKind = 'workflows' | 'schedules';

export interface EngineServer {
  /** The `temporal` program. */
  temporalProgram: string;
  temporal: Record<NamespaceKind, TemporalServer>;
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
