/** The parts that the API is given by its composition root, and those that its middleware leaves in a request's context. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { OrchestrationGateway } from '../clients/upgrades/orchestration-gateway.ts';
import type { StackGateway } from '../clients/stacks/life-cycle-gateway.ts';
import type { Repositories } from '../db/repositories/repository-types.ts';
import type { Lanes } from '../domain/upgrades/lanes.ts';
import type { Network } from '../domain/webhooks/permitted-addresses.ts';
import type { RequestDefaults } from '../domain/upgrades/request-schema.ts';
import type { EventStreams } from './event-stream/event-streams.ts';
import type { OperatorPage } from './routes/page/page.ts';
import type { AuthenticationConfig } from './authentication/issuer.ts';
import type { LoginConfig } from './authentication/login-config.ts';

/** Outside systems by their names, as the last look found them; those that are not set are left out. */
export type OutsideChecks = Record<string, { status: 'up' | 'down' | 'unknown' }>;

export interface AppDependencies {
  repositories: Repositories;
  orchestrations: OrchestrationGateway;
  stackGateway: StackGateway;
  authentication: AuthenticationConfig;
  /** Signing in by a browser; off when it is not given. */
  login?: LoginConfig;
  /** Versions that a request without them gets. */
  defaults: RequestDefaults;
  lanes: Lanes;
  /** Networks that webhooks may be sent to besides public addresses; none by default. */
  webhookNetworks?: readonly Network[];
  /** Beginning of links in answers, without a slash at its end; by default it is taken from the request. */
  publicURL?: string;
  /** Where a person can look at workflows: `/` and the ID of one comes behind it. */
  workflowsURL?: string;
  /** Looks at what upgrades need; none when it is not given. Must not wait. */
  outside?: () => OutsideChecks;
  /** Event streams, to be ended by whoever gives them; the API has its own when they are not given. */
  streams?: EventStreams;
  /** Shown at /metrics beside what the API has itself; whoever gives it may have put more there. */
  registry?: Registry;
  /** The version of this process, for metrics; `unknown` when it is not given. */
  version?: string;
  /** How the operator's page stands; there is none when it is not given. */
  page?: () => OperatorPage;
  logger: Logger;
  /** Milliseconds since the epoch. */
  clock(): number;
  /** Milliseconds of a clock that never goes back, for durations; by default that of the process. */
  elapsed?(): number;
  randomUUID(): string;
}

/** `admin` may do everything, `operator` may read. */
export type Role = 'admin' | 'operator';

/** Sender of the request, as the token or the session says. */
export interface Principal {
  subject: string;
  /** The subject's name among people. */
  name: string;
  roles: ReadonlySet<Role>;
  /** Whether the sender is a member; a session keeps no names of groups. */
  groups: Pick<ReadonlySet<string>, 'has'>;
  /** When the token or the session expires, in ms since the epoch. */
  expiresAt: number;
  /** A session, which lasts longer when it is used again shortly before it expires. */
  isRenewable: boolean;
}

export interface ApiEnv {
  Variables: {
    requestId: string;
    principal?: Principal;
    logger: Logger;
    /** The answer is a list of names, which has a content type of its own. */
    listsNames?: boolean;
    /** Beginning of absolute addresses in answers, without a slash at its end. */
    baseURL: string;
  };
}

export type Api = OpenAPIHono<ApiEnv>;
export type ApiContext = Context<ApiEnv>;

/** RFC 3339 UTC of the dependencies' clock. */
export function nowOf(deps: Pick<AppDependencies, 'clock'>): string {
  return new Date(deps.clock()).toISOString();
}
