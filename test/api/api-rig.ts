/** The API in process, on a real database and a real issuer; only the engine is a recording stand-in. */
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import pino from 'pino';
import { createApp, type AppDependencies } from '../../src/api/app.ts';
import type { Api } from '../../src/api/api-dependencies.ts';
import type {
  MakePlanOptions,
  OrchestrationGateway,
} from '../../src/clients/upgrades/orchestration-gateway.ts';
import type { StackGateway, StackOutcome } from '../../src/clients/stacks/life-cycle-gateway.ts';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { mintToken, startIssuer } from '../../src/dev/issuer/index.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { DEFAULT_LANES } from '../../src/domain/upgrades/lanes.ts';
import type { OrchestrationState } from '../../src/domain/upgrades/states.ts';
import type {
  InstanceRequest,
  StackActionRequest,
  StackDefineRequest,
} from '../../src/workflows/contract/stacks.ts';
import { vi } from 'vitest';
import type {
  OrchestrationRequest,
  PolicyPreviewAnswer,
  PolicyPreviewRequest,
} from '../../src/workflows/contract/upgrades.ts';
import { atEndOfFile, createDatabase, temporaryFolder } from '../support/environment.ts';
import { aRequest, AT } from '../support/rows.ts';

export const AUDIENCE = 'drydock-test';
/** Client of the issuer by which browsers sign in, on any port of this machine. */
export const LOGIN_CLIENT = 'drydock-test-login';
export const SUBJECT = 'alice';
export const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

/** The engine, as far as the API can tell. */
export class RecordingGateway implements OrchestrationGateway {
  /** Whether the workflow of an orchestration that was started once runs. */
  readonly known = new Map<string, { running: boolean }>();
  readonly starts: OrchestrationRequest[] = [];
  readonly cancels: { id: string; actor: string; reason?: string }[] = [];
  /** Those that were told of a retry. */
  readonly retries: string[] = [];
  away = false;

  /** As if it had been started before. */
  remember(id: string, running = true): void {
    this.known.set(id, { running });
  }

  async start(request: OrchestrationRequest): Promise<void> {
    this.answer();
    if (this.known.has(request.orchestrationID)) return Promise.resolve();
    this.starts.push(request);
    this.remember(request.orchestrationID);
    return Promise.resolve();
  }

  async cancel(id: string, actor: string, reason?: string): Promise<'signaled' | 'not running'> {
    this.answer();
    if (!this.known.get(id)?.running) return Promise.resolve('not running');
    this.cancels.push({ id, actor, reason });
    return Promise.resolve('signaled');
  }

  /** Those that were told to look what is wanted of them. */
  readonly looks: string[] = [];

  async look(id: string): Promise<void> {
    this.answer();
    this.looks.push(id);
    return Promise.resolve();
  }

  queueLooks = 0;

  async lookAtQueue(): Promise<void> {
    this.answer();
    this.queueLooks += 1;
    return Promise.resolve();
  }

  async retry({ orchestrationID }: OrchestrationRequest): Promise<void> {
    this.answer();
    this.retries.push(orchestrationID);
    this.known.set(orchestrationID, { running: true });
    return Promise.resolve();
  }

  /** The questions that it got, and its answer to each. */
  readonly previews: PolicyPreviewRequest[] = [];
  preview: PolicyPreviewAnswer = { kind: 'unknown runtime' };

  async previewPolicy(request: PolicyPreviewRequest): Promise<PolicyPreviewAnswer> {
    this.answer();
    this.previews.push(request);
    return Promise.resolve(this.preview);
  }

  /** The plans that were asked for, those of them that nobody waits for, and what a worker does with one meanwhile. */
  readonly plans: string[] = [];
  readonly poked: string[] = [];
  making: (planID: string) => Promise<void> = () => Promise.resolve();

  async makePlan(planID: string, { wait = true }: MakePlanOptions = {}): Promise<'ended' | 'under way'> {
    this.answer();
    this.plans.push(planID);
    if (!wait) this.poked.push(planID);
    await this.making(planID);
    return 'under way';
  }

  async ping(): Promise<void> {
    this.answer();
    return Promise.resolve();
  }

  private answer(): void {
    if (this.away) throw new UnavailableError('engine', 'The engine is away');
  }
}

/** The workflows of stacks, which accept everything unless a test says otherwise. */
export class RecordingStackGateway implements StackGateway {
  readonly ensured: string[] = [];
  readonly actions: { name: string; request: StackActionRequest }[] = [];
  readonly definitions: { name: string; request: StackDefineRequest }[] = [];
  readonly removals: { name: string; actor: string }[] = [];
  readonly instances: { name: string; request: InstanceRequest }[] = [];
  outcome: StackOutcome = { kind: 'accepted', status: 'starting' };
  away = false;

  async ensure(name: string): Promise<void> {
    this.ensured.push(name);
    this.answer();
  }

  async act(name: string, request: StackActionRequest): Promise<StackOutcome> {
    this.actions.push({ name, request });
    return this.answer();
  }

  async define(name: string, request: StackDefineRequest): Promise<StackOutcome> {
    this.definitions.push({ name, request });
    return this.answer();
  }

  async remove(name: string, actor: string): Promise<StackOutcome> {
    this.removals.push({ name, actor });
    return this.answer();
  }

  /** Stacks that were asked to read the database again. */
  readonly resyncs: string[] = [];

  async resync(name: string): Promise<void> {
    this.answer();
    this.resyncs.push(name);
    return Promise.resolve();
  }

  async setInstance(name: string, request: InstanceRequest): Promise<StackOutcome> {
    this.instances.push({ name, request });
    return this.answer();
  }

  private answer(): StackOutcome {
    if (this.away) throw new UnavailableError('engine', 'The engine is away');
    return this.outcome;
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The body, parsed when it is JSON. */
  body: unknown;
}

export interface Call {
  /** `admin` by default; null sends no token; any other text is sent as it is. */
  token?: string | null;
  /** Sent as JSON unless it is a text or bytes. */
  body?: string | Blob | object;
  headers?: Record<string, string>;
}

export class ApiRig {
  private readonly tokens = new Map<string, string>();

  private constructor(
    readonly app: Api,
    readonly deps: AppDependencies,
    readonly gateway: RecordingGateway,
    readonly stackGateway: RecordingStackGateway,
    readonly repositories: Repositories,
    readonly issuerURL: string,
    readonly issuerDataDir: string,
    /** Lines that the API has logged. */
    readonly log: string[],
  ) {}

  /** `overrides` replace parts, for example by ones that are away. */
  static async start(overrides: Partial<AppDependencies> = {}): Promise<ApiRig> {
    const issuerDataDir = temporaryFolder();
    const issuer = await startIssuer({
      dataDir: issuerDataDir,
      port: 0,
      audience: AUDIENCE,
      loginClientID: LOGIN_CLIENT,
    });
    atEndOfFile(() => issuer.close());
    const { url } = await createDatabase();
    const database = openDatabase(url);
    atEndOfFile(() => database.close());
    const repositories = createRepositories(database);
    const gateway = new RecordingGateway();
    const stackGateway = new RecordingStackGateway();
    const log: string[] = [];
    const deps: AppDependencies = {
      repositories,
      orchestrations: gateway,
      stackGateway,
      authentication: {
        issuer: issuer.issuerURL,
        audience: AUDIENCE,
        groupsClaim: 'groups',
        adminGroup: 'runtimeAdmin',
        operatorGroup: 'runtimeOperator',
      },
      defaults: { kymaVersion: '2.20.5', kubernetes: { kubernetesVersion: '1.31.2' } },
      lanes: DEFAULT_LANES,
      logger: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
      clock: () => Date.now(),
      randomUUID,
      ...overrides,
    };
    return new ApiRig(
      createApp(deps),
      deps,
      gateway,
      stackGateway,
      repositories,
      issuer.issuerURL,
      issuerDataDir,
      log,
    );
  }

  /** An orchestration that went through these states, with its workflow running or not; answers its ID. */
  async orchestrationIn(states: readonly OrchestrationState[], running = true): Promise<string> {
    const request = aRequest();
    const id = request.orchestrationID;
    this.gateway.remember(id, running);
    await this.repositories.orchestrations.begun(request);
    const change = { actor: 'drydock', reason: 'for the test', now: AT };
    for (const state of states) await this.repositories.orchestrations.transition(id, state, change);
    return id;
  }

  async token(...groups: string[]): Promise<string> {
    return await this.tokenOf(SUBJECT, ...groups);
  }

  async tokenOf(subject: string, ...groups: string[]): Promise<string> {
    const key = [subject, ...groups].join(' ');
    const known = this.tokens.get(key);
    if (known !== undefined) return known;
    const token = await mintToken({
      dataDir: this.issuerDataDir,
      issuerURL: this.issuerURL,
      audience: AUDIENCE,
      subject,
      groups,
      expiresInSeconds: 600,
    });
    this.tokens.set(key, token);
    return token;
  }

  async call(method: string, path: string, call: Call = {}): Promise<Answer> {
    const headers: Record<string, string> = {};
    const token = await this.bearer(call.token);
    if (token !== null) headers['Authorization'] = `Bearer ${token}`;
    if (call.body !== undefined) headers['Content-Type'] = 'application/json';
    const response = await this.app.request(path, {
      method,
      headers: withoutEmpty({ ...headers, ...call.headers }),
      ...(call.body === undefined
        ? {}
        : { body: isPlain(call.body) ? JSON.stringify(call.body) : call.body }),
    });
    return await readAnswer(response);
  }

  /** The same API with other parts: for what happens while one of them is away. */
  with(overrides: Partial<AppDependencies>): ApiRig {
    const deps = { ...this.deps, ...overrides };
    return new ApiRig(
      createApp(deps),
      deps,
      this.gateway,
      this.stackGateway,
      this.repositories,
      this.issuerURL,
      this.issuerDataDir,
      this.log,
    );
  }

  private async bearer(token: string | null | undefined): Promise<string | null> {
    if (token === null) return null;
    if (token === undefined || token === 'admin') return await this.token('runtimeAdmin');
    if (token === 'operator') return await this.token('runtimeOperator');
    return token;
  }
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJSON = /json/.test(response.headers.get('Content-Type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJSON && text !== '' ? (JSON.parse(text) as unknown) : text,
  };
}

/** Repositories over a database that nobody serves. */
export function repositoriesAway(): Repositories {
  const database = openDatabase('postgres://nobody@127.0.0.1:1/nothing');
  atEndOfFile(() => database.close());
  return createRepositories(database);
}

/** Repositories over a database that takes every question and never answers. */
export function repositoriesHanging(repositories: Repositories): Repositories {
  const hanging = <T extends object>(repository: T): T =>
    new Proxy(repository, { get: () => () => new Promise(() => undefined) });
  return {
    installation: hanging(repositories.installation),
    orchestrations: hanging(repositories.orchestrations),
    control: hanging(repositories.control),
    operations: hanging(repositories.operations),
    retries: hanging(repositories.retries),
    events: hanging(repositories.events),
    policies: hanging(repositories.policies),
    plans: hanging(repositories.plans),
    waits: hanging(repositories.waits),
    estimates: hanging(repositories.estimates),
    fleet: hanging(repositories.fleet),
    rollouts: hanging(repositories.rollouts),
    calendar: hanging(repositories.calendar),
    queue: hanging(repositories.queue),
    counts: hanging(repositories.counts),
    stacks: hanging(repositories.stacks),
    stackObjects: hanging(repositories.stackObjects),
    backups: hanging(repositories.backups),
    changes: hanging(repositories.changes),
    audit: hanging(repositories.audit),
    report: hanging(repositories.report),
    webhooks: hanging(repositories.webhooks),
    ping: () => new Promise(() => undefined),
  };
}

/**
 * Runs a request whose limits pass without being waited for: timers that are set meanwhile run in quick time. Only for what
 * never answers, as an answer that takes real time would seem to take minutes.
 */
export async function whileTimeFlies<T>(request: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const ended = new AbortController();
  try {
    const answer = request().finally(() => ended.abort());
    while (!ended.signal.aborted) {
      await vi.advanceTimersByTimeAsync(100);
      // The token is looked at in real time.
      await nextTurn();
    }
    return await answer;
  } finally {
    vi.useRealTimers();
  }
}

function isPlain(body: string | Blob | object): body is object {
  return typeof body !== 'string' && !(body instanceof Blob);
}

/** A header that is set to an empty text is not sent at all. */
function withoutEmpty(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
}
