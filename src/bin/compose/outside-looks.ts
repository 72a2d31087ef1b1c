/** Looks at the systems that upgrades need: once at the start, so that a wrong setting shows before the first upgrade. */
import type { Logger } from 'pino';
import type { OutsideChecks } from '../../api/api-dependencies.ts';
import { createInventoryClient } from '../../clients/upgrades/gardener.ts';
import { createShootsClient } from '../../clients/upgrades/gardener-shoots.ts';
import type { Look } from '../../clients/upgrades/outside-systems.ts';
import { createOverridesClient } from '../../clients/upgrades/overrides.ts';
import { createProvisionerClient } from '../../clients/upgrades/provisioner.ts';
import type { Config } from '../../config/index.ts';
import { readKubeconfig } from './kubeconfig.ts';

const LIMIT_MS = 10_000;
/** Outside systems are asked no more often than that, however often somebody asks us. */
const FRESH_MS = 60_000;

type System = 'inventory' | 'overrides' | 'provisioner';

const NAMES: Record<System, string> = {
  inventory: 'Gardener',
  overrides: 'overrides',
  provisioner: 'Provisioner',
};

export interface LooksOptions {
  /** Those that are set; making a client may fail, too. */
  looks: Partial<Record<System, () => Look>>;
  /** Is told one line for each at the first look, and for each whose state has changed at a later one. */
  tell: (line: string, isUp: boolean) => void;
  /** Milliseconds of a clock that only goes forward. */
  clock: () => number;
  /** Milliseconds that one look may take, default 10,000. */
  limitMs?: number;
}

/** The last look at each system. Nothing waits for a look. */
export class OutsideLooks {
  private readonly states = new Map<System, 'unknown' | 'up' | 'down'>();
  private lookedAt: number | undefined;

  constructor(private readonly options: LooksOptions) {
    for (const system of this.systems()) this.states.set(system, 'unknown');
  }

  /** Looks at all of them, side by side; settles when each has answered or its time is over, and never rejects. */
  async look(): Promise<void> {
    this.lookedAt = this.options.clock();
    await Promise.all(this.systems().map((system) => this.lookAt(system)));
  }

  /** Findings of the last look; an old one is repeated for the next who asks. */
  checks(): OutsideChecks {
    if (this.options.clock() - (this.lookedAt ?? -Infinity) > FRESH_MS) void this.look();
    return Object.fromEntries([...this.states].map(([system, status]) => [system, { status }]));
  }

  private async lookAt(system: System): Promise<void> {
    const before = this.states.get(system);
    const name = NAMES[system];
    try {
      const found = await withinLimit(this.options.looks[system], this.options.limitMs ?? LIMIT_MS);
      this.states.set(system, 'up');
      if (before !== 'up') this.options.tell(`${name}: reachable, ${found}`, true);
    } catch (error) {
      this.states.set(system, 'down');
      const reason = error instanceof Error ? error.message : String(error);
      if (before !== 'down') this.options.tell(`${name}: ${reason}`, false);
    }
  }

  private systems(): System[] {
    return (['inventory', 'overrides', 'provisioner'] as const).filter(
      (system) => this.options.looks[system] !== undefined,
    );
  }
}

/** A limit that holds whatever the client does: a kubeconfig may run a program for its token, which knows no signal. */
async function withinLimit(make: (() => Look) | undefined, limitMs: number): Promise<string> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${limitMs / 1_000} s`));
      controller.abort();
    }, limitMs);
    timer.unref();
  });
  try {
    const work = make?.()(controller.signal);
    return (await Promise.race([work, limit])) ?? '';
  } finally {
    clearTimeout(timer);
  }
}

/** The looks at what is set. */
export function outsideLooks(config: Config, tell: LooksOptions['tell']): OutsideLooks {
  const { gardener, overrides, provisioner } = config;
  const { kubeconfig } = overrides;
  const { url, credentials } = provisioner;
  return new OutsideLooks({
    looks: {
      ...(gardener && {
        inventory: () => lookAtGardener(gardener, config.upgrader),
      }),
      ...(kubeconfig !== undefined && {
        overrides: () =>
          createOverridesClient({
            kubeConfig: readKubeconfig(kubeconfig, 'OVERRIDES_KUBECONFIG'),
            namespace: overrides.namespace,
          }).look,
      }),
      ...(url !== undefined && { provisioner: () => createProvisionerClient({ url, credentials }).look }),
    },
    tell,
    clock: () => performance.now(),
  });
}

/** Where Gardener itself upgrades clusters, planning reads what it offers, too. */
function lookAtGardener(
  { kubeconfig, namespace }: NonNullable<Config['gardener']>,
  upgrader: Config['upgrader'],
): Look {
  const kubeConfig = readKubeconfig(kubeconfig, 'KUBECONFIG');
  const { look } = createInventoryClient({ kubeConfig, namespace });
  if (upgrader !== 'gardener') return look;
  const { look: lookAtProfiles } = createShootsClient({ kubeConfig, namespace });
  return async (signal) => `${await look(signal)}, ${await lookAtProfiles(signal)}`;
}

/** Into the log, as a service does it. */
export function intoLog(logger: Logger): LooksOptions['tell'] {
  return (line, isUp) => logger[isUp ? 'info' : 'warn'](line);
}
