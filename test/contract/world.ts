/** The world that a driver drives, as the contract of drivers needs it, and the waits for what that world does. */
import { expect } from 'vitest';
import {
  type DescribedObject,
  type Drivers,
  type ObjectDriver,
} from '../../src/activities/stacks/drivers/driver.ts';
import { until } from '../support/environment.ts';
import type { Wanted } from './objects.ts';

export interface World {
  drivers: Omit<Drivers, 'orchestration'>;
  /** Somebody makes a volume of that name by other means; answers its identity. */
  putVolume(volume: Wanted): Promise<string>;
  /** Somebody deletes the object by other means, whoever needs it. */
  vanish(object: Wanted): Promise<void>;
  /** The instance ends by itself, and stays so. */
  kill(instance: Wanted): Promise<void>;
  /** It would run again by itself, where things do. */
  revive(instance: Wanted): Promise<void>;
}

/** A world as the cases use it: every request with a signal of its own, and every change waited for. */
export class Stage {
  constructor(readonly world: World) {}

  create(object: Wanted): Promise<void> {
    return this.driver(object).create(object, signal());
  }

  /** Controllers write on objects, too: one that has changed since the driver read it is looked at again. */
  async destroy(object: Wanted): Promise<void> {
    await until(
      async () => {
        try {
          await this.driver(object).destroy(object, signal());
          return true;
        } catch (error) {
          if (error instanceof Error && error.name === 'ConflictError') return false;
          throw error;
        }
      },
      { what: `that ${object.name} is destroyed` },
    );
  }

  describe(object: Wanted): Promise<DescribedObject | undefined> {
    return this.driver(object).describe(object, signal());
  }

  /** Identities of objects, in the same order. */
  async idsOf(objects: Wanted[]): Promise<(string | undefined)[]> {
    return await Promise.all(objects.map(async (object) => (await this.describe(object))?.id));
  }

  start(instance: Wanted): Promise<void> {
    return this.world.drivers.launchplan.start(instance, signal());
  }

  stop(instance: Wanted): Promise<void> {
    return this.world.drivers.launchplan.stop(instance, signal());
  }

  restart(instance: Wanted, token: string): Promise<void> {
    return this.world.drivers.launchplan.restart(instance, token, signal());
  }

  /** Waits for a state. */
  async becomes(object: Wanted, state: DescribedObject['state']): Promise<DescribedObject> {
    return await until(
      async () => {
        const described = await this.describe(object);
        return described?.state === state ? described : undefined;
      },
      { what: `that ${object.objType} ${object.name} is ${state}` },
    );
  }

  /** Waits until it is on its way and says a reason with that text. */
  async isPendingFor(object: Wanted, text: string): Promise<void> {
    let last: DescribedObject | undefined;
    const told = async (): Promise<boolean> => {
      last = await this.describe(object);
      expect(last?.state).toBe('pending');
      return last?.reason?.includes(text) === true;
    };
    await until(told, { what: `that ${object.name} is pending: ${text}` }).catch((cause: unknown) => {
      throw new Error(`It said ${JSON.stringify(last)}, not: ${text}`, { cause });
    });
  }

  async isGone(object: Wanted): Promise<void> {
    const what = `that ${object.objType} ${object.name} is gone`;
    await until(async () => (await this.describe(object)) === undefined, { what });
  }

  /** Makes objects one after the other, each as soon as those before it are there. */
  async make(...objects: Wanted[]): Promise<void> {
    for (const object of objects) {
      await this.create(object);
      await this.settles(object);
    }
  }

  /** Waits until it is there as it was asked for. */
  settles(object: Wanted): Promise<DescribedObject> {
    return this.becomes(object, object.objType === 'launchplan' ? 'running' : 'available');
  }

  async unmake(...objects: Wanted[]): Promise<void> {
    for (const object of objects) {
      await this.destroy(object);
      await this.isGone(object);
    }
  }

  private driver({ objType }: Wanted): ObjectDriver {
    return this.world.drivers[objType];
  }
}

function signal(): AbortSignal {
  return new AbortController().signal;
}
