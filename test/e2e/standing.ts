/** Orchestrations that stand, each in a lane and in a phase of its own, until they are told to go on. */
import { z } from 'zod';
import { until } from '../support/environment.ts';
import type { LandscapeAdmin, RuntimeRecord, UpgradeRecord } from './landscape-admin.ts';
import { expectStatus, Rest, type Answer, type Operation, type Orchestration } from './rest.ts';

const questionSchema = z.object({ number: z.number(), stands: z.literal(true) });
const FAILS = { fail: 'the installer gave up' };
const ONE = { name: 'first', count: 1 };

/** The runtimes that each one has, how they behave, and what is asked for besides the lane. */
const PHASES = {
  planning: { size: 2, strategy: {} },
  looking: { size: 2, strategy: { waves: [ONE], checks: {} } },
  soaking: { size: 2, strategy: { waves: [{ ...ONE, soakMinutes: 1.5, approval: {} }] } },
  asking: { size: 2, strategy: { waves: [{ ...ONE, approval: {} }] } },
  /** Four questions, the first of which stands. */
  answering: {
    size: 6,
    strategy: {
      waves: [1, 2, 3, 4].map((number) => ({
        ...{ name: `wave-${number}`, count: 1, approval: { notByCreator: true } },
      })),
    },
  },
  paused: { size: 2, strategy: { waves: [{ ...ONE, approval: {} }] } },
  /** Its first failures are forgiven; one more counts, and the next would be too many. */
  forgiven: { size: 6, behaviour: FAILS, strategy: { failureBudget: { max: 1 } } },
  exceeded: { size: 3, behaviour: FAILS, strategy: { failureBudget: { max: 0 } } },
  /** Two of one region, of which one has its key; a third one waits to be tried again. */
  limited: {
    size: 3,
    behaviour: { hold: true },
    strategy: {
      parallel: { workers: 3 },
      limits: { perRegion: 1 },
      retryPolicy: { attempts: 2, backoffMinutes: 60 },
    },
  },
  draining: { size: 2, behaviour: { hold: true }, strategy: {} },
} as const;

export type Phase = keyof typeof PHASES;
const NAMES = Object.keys(PHASES) as Phase[];

/** The setting of the lanes that they are in, and the runtimes that they need. */
export const LANES = NAMES.map((name) => `${name}:20`).join();
export const FLEET = NAMES.reduce((sum, name) => sum + PHASES[name].size, 0);

export class Standing {
  private readonly ids = new Map<Phase, string>();
  private readonly runtimes: Map<Phase, string[]>;

  private constructor(
    /** That of the service as it runs now. */
    public rest: Rest,
    private readonly landscape: LandscapeAdmin,
    fleet: readonly RuntimeRecord[],
  ) {
    this.runtimes = dealtOut(fleet);
  }

  /** Brings all of them into their phases. */
  static async begin(rest: Rest, landscape: LandscapeAdmin): Promise<Standing> {
    const standing = new Standing(rest, landscape, await landscape.runtimes());
    await standing.bring();
    return standing;
  }

  id(phase: Phase): string {
    return this.ids.get(phase) ?? '';
  }

  runtimesOf(phase: Phase): string[] {
    return this.runtimes.get(phase) ?? [];
  }

  async of(phase: Phase): Promise<Orchestration> {
    return await this.rest.orchestration(this.id(phase));
  }

  async operationsOf(phase: Phase): Promise<Operation[]> {
    return await this.rest.operations(this.id(phase));
  }

  /** As the landscape has recorded them. */
  async upgradesOf(phase: Phase): Promise<UpgradeRecord[]> {
    const ofPhase = this.runtimesOf(phase);
    return (await this.landscape.upgrades()).filter(({ runtimeID }) => ofPhase.includes(runtimeID));
  }

  async waits(phase: Phase, code: string): Promise<void> {
    const what = `the one that is ${phase} waits for ${code}`;
    await until(async () => (await this.of(phase)).waitingFor?.code === code, { what, limitMs: 90_000 });
  }

  /** Until a question stands. */
  async asks(phase: Phase, number: number): Promise<void> {
    await until(
      async () => {
        const { waves = [] } = await this.of(phase);
        return waves.some(({ question }) => questionSchema.safeParse(question).data?.number === number);
      },
      { what: `question ${number} of the one that is ${phase}`, limitMs: 90_000 },
    );
  }

  async told(phase: Phase, path: string, body: object = {}): Promise<Answer> {
    const init = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return await this.rest.request('PUT', `/orchestrations/${this.id(phase)}/${path}`, init);
  }

  async tell(phase: Phase, path: string, body: object = {}): Promise<void> {
    expectStatus(200, await this.told(phase, path, body));
  }

  /** Answers the status. */
  async approve(phase: Phase, number: number, token = this.rest.token): Promise<number> {
    const rest = new Rest(this.rest.url, token);
    const path = `/orchestrations/${this.id(phase)}/approvals/${number}`;
    return (await rest.post(path, { decision: 'approve' })).status;
  }

  /** Things that must not change while they stand: of the one whose questions are answered nothing, and of the one that soaks only until when. */
  async look(): Promise<Record<string, unknown>> {
    const looks = NAMES.filter((phase) => phase !== 'answering').map(async (phase) => {
      const { state, pauses, waitingFor, operationStats, failureBudget, waves = [] } = await this.of(phase);
      if (phase === 'soaking')
        return [phase, { operationStats, soakUntil: waves[0]?.['soakUntil'] }] as const;
      const operations = (await this.operationsOf(phase)).map((operation) => ({
        ...{ operationID: operation.operationID, state: operation.state, attempts: operation.attempts },
        ...{ code: operation.waitingFor?.code, until: operation.waitingFor?.until },
      }));
      // Planning and looking say that the inventory does not answer once they have waited long enough.
      const code = ['planning', 'looking'].includes(phase) ? undefined : waitingFor?.code;
      const stands = { state, pauses, code, operationStats, failureBudget };
      const ofWaves = waves.map((wave) => [wave.name, wave.phase, wave['question']]);
      return [phase, { ...stands, waves: ofWaves, operations }] as const;
    });
    return Object.fromEntries(await Promise.all(looks)) as Record<string, unknown>;
  }

  private body(phase: Phase): object {
    const include = this.runtimesOf(phase).map((runtimeID) => ({ runtimeID }));
    return { targets: { include }, strategy: { lane: phase, ...PHASES[phase].strategy } };
  }

  private async bring(): Promise<void> {
    for (const phase of NAMES) {
      const { behaviour } = { behaviour: {}, ...PHASES[phase] };
      for (const runtimeID of this.runtimesOf(phase)) await this.landscape.setBehaviour(runtimeID, behaviour);
    }
    const [, , failing = ''] = this.runtimesOf('limited');
    await this.landscape.setBehaviour(failing, { hold: false, ...FAILS });
    const plan = expectStatus(200, await this.rest.post('/upgrade/kyma/plan', this.body('planning')));
    const { planHash } = plan.body as { planHash: string };
    for (const phase of NAMES.filter((name) => name !== 'planning'))
      this.ids.set(phase, await this.rest.create(this.body(phase)));

    await Promise.all([
      this.phaseIs('soaking', 'soaking'),
      this.waits('asking', 'approval'),
      this.waits('answering', 'approval'),
      this.bringPaused(),
      this.bringForgiven(),
      this.waits('exceeded', 'budget'),
      this.bringLimited(failing),
      this.bringDraining(),
      this.bringLooking(),
    ]);
    // From here on it does not answer whoever asks it.
    await this.landscape.setFault('inventory', { mode: 'timeout' });
    await this.asked(async () => {
      this.ids.set('planning', await this.rest.create({ ...this.body('planning'), planHash }));
    });
    await this.asked(() => this.tell('looking', 'resume'));
  }

  /** Until the inventory was asked after something was done. */
  private async asked(work: () => Promise<void>): Promise<void> {
    const { inventory } = await this.landscape.requests();
    await work();
    await until(async () => (await this.landscape.requests()).inventory > inventory, {
      what: 'that the inventory is asked',
    });
  }

  private async phaseIs(phase: Phase, ofWave: string): Promise<void> {
    await until(async () => (await this.of(phase)).waves?.[0]?.phase === ofWave, { what: `it is ${ofWave}` });
  }

  private async running(phase: Phase, count: number): Promise<UpgradeRecord[]> {
    return await until(
      async () => {
        const running = (await this.upgradesOf(phase)).filter(({ finishedAt }) => finishedAt === null);
        return running.length === count ? running : undefined;
      },
      { what: `that ${count} of the one that is ${phase} are upgraded` },
    );
  }

  private async bringPaused(): Promise<void> {
    await this.waits('paused', 'approval');
    await this.tell('paused', 'pause', { reason: 'dinner' });
    await this.waits('paused', 'paused');
  }

  private async bringForgiven(): Promise<void> {
    await this.waits('forgiven', 'budget');
    const begun = (await this.upgradesOf('forgiven')).map(({ runtimeID }) => runtimeID);
    for (const runtimeID of this.runtimesOf('forgiven').filter((id) => !begun.includes(id)))
      await this.landscape.setBehaviour(runtimeID, { hold: true });
    await this.tell('forgiven', 'resume', { acknowledge: true });
    const [next] = await this.running('forgiven', 1);
    await this.landscape.end(next?.operationID ?? '', { result: 'Failed' });
    await until(async () => (await this.of('forgiven')).failureBudget?.failed === 1, { what: 'it counts' });
    await this.running('forgiven', 1);
  }

  private async bringLimited(failing: string): Promise<void> {
    await this.running('limited', 1);
    await until(
      async () => {
        const all = await this.operationsOf('limited');
        const waits = all.map(({ waitingFor }) => waitingFor?.code);
        const retried = all.find(({ runtimeID }) => runtimeID === failing);
        return waits.includes('region-limit') && retried?.waitingFor?.code === 'retry-backoff';
      },
      { what: 'that one waits for a key, and one to be tried again' },
    );
  }

  private async bringDraining(): Promise<void> {
    await this.running('draining', 1);
    await this.rest.cancel(this.id('draining'));
    await until(async () => (await this.of('draining')).state === 'canceling', { what: 'it drains' });
  }

  /** Paused, it is not looked at; what it has upgraded is. */
  private async bringLooking(): Promise<void> {
    await until(async () => (await this.upgradesOf('looking')).length === 1, { what: 'its first has begun' });
    await this.tell('looking', 'pause');
    await this.phaseIs('looking', 'looking');
  }
}

/** To each so many runtimes, those whose regions matter first. */
function dealtOut(fleet: readonly RuntimeRecord[]): Map<Phase, string[]> {
  const left = [...fleet];
  const take = (isMeant: (one: RuntimeRecord) => boolean): RuntimeRecord => {
    const [taken] = left.splice(left.findIndex(isMeant), 1);
    if (!taken) throw new Error('The fleet is too small');
    return taken;
  };
  const first = take(({ region }) => left.filter((one) => one.region === region).length > 1);
  const second = take(({ region }) => region === first.region);
  const third = take(({ region }) => region !== first.region);
  const all = NAMES.map((phase): [Phase, string[]] => {
    const runtimes =
      phase === 'limited'
        ? [first, second, third]
        : Array.from({ length: PHASES[phase].size }, () => take(() => true));
    return [phase, runtimes.map(({ runtimeID }) => runtimeID)];
  });
  return new Map(all);
}
