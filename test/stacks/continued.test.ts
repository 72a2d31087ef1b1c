/** Runs of a stack's workflow that end early and go on as new ones: whoever uses the stack must not notice. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  refusalOf,
  STACK_ACTIONS,
  STACK_STATUSES,
  type StackStatus,
} from '../../src/domain/stacks/statuses.ts';
import type { StackDefinition } from '../../src/domain/stacks/definition.ts';
import { stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import { until } from '../support/environment.ts';
import { aDefinition, anOplan } from '../support/stacks/rows.ts';
import { StackRig } from '../support/stacks/rig.ts';

/** A run has room for its beginning and for a few requests. */
const EVENTS = 40;

let rig: StackRig;
beforeAll(async () => {
  rig = await StackRig.start({ continueAsNewAfterEvents: EVENTS });
});

/** Four instances that depend on a volume. */
function definition(container: string, policy: 'none' | 'active' = 'none'): StackDefinition {
  const at = (name: string): string => `/${container}/lou/${name}`;
  return aDefinition(at('stack'), {
    oplans: [
      anOplan('storage', 'storage/volume', [at('volume')]),
      anOplan('web', 'launchplan', ['a', 'b', 'c', 'd'].map(at), { ha_policy: policy }),
    ],
    relationships: [{ oplan: 'web', to_oplan: 'storage', type: 'depends' }],
  });
}

/** Waits until the engine's list shows so many runs. */
async function runsOf(name: string, atLeast: number): Promise<string[]> {
  return await until(
    async () => {
      const runs = await rig.rig.runs(stackWorkflowID(name));
      return runs.length >= atLeast && runs;
    },
    { what: `that ${name} has had ${atLeast} runs` },
  );
}

/** Everything that the events say about the stack's own status, as `from>to`. */
async function statusesOf(name: string): Promise<string[]> {
  const events = await rig.events(name);
  return events.filter(({ kind }) => kind === 'status').map((event) => `${event.fromState}>${event.toState}`);
}

describe('a workflow that continues as new again and again', () => {
  it('carries out one action after the other, with the right status at each step', async () => {
    const name = await rig.add(definition('rounds'));
    const round: [(typeof STACK_ACTIONS)[number], StackStatus, StackStatus][] = [
      ['START', 'starting', 'ready'],
      ['SHUTDOWN', 'shutting_down', 'shut_down'],
      ['RESTART', 'restarting', 'ready'],
      ['STOP', 'stopping', 'stopped'],
    ];
    const rounds = 4;
    for (let number = 0; number < rounds; number += 1) {
      for (const [action, begun, ended] of round) {
        expect(await rig.act(name, action)).toBe(begun);
        await rig.reaches(name, ended);
      }
    }
    await runsOf(name, rounds);
    const expected = ['stopped>starting', 'starting>ready', 'ready>shutting_down', 'shutting_down>shut_down'];
    expected.push('shut_down>restarting', 'restarting>ready', 'ready>stopping', 'stopping>stopped');
    expect(await statusesOf(name)).toEqual(Array.from({ length: rounds }, () => expected).flat());
    for (const [operation, objects] of Object.entries({ create: 5, stop: 4, start: 4, destroy: 5 })) {
      expect(await rig.journal('/rounds/', operation), operation).toHaveLength(objects * rounds);
    }
  });

  it('loses no command to an instance, however many come at once', async () => {
    const name = await rig.add(definition('commands'));
    await rig.bring(name, 'START', 'ready');
    const commands = 12;
    const command = async (instance: string): Promise<void> => {
      for (let number = 0; number < commands; number += 1) {
        const desired = number % 2 === 0 ? 'shutdown' : 'running';
        await rig.instance(name, instance, desired);
        await until(async () => (await rig.object(name, instance)).condition === desired, {
          what: `that ${instance} is ${desired}, as command ${number} said`,
        });
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map((letter) => command(`/commands/lou/${letter}`)));
    await runsOf(name, 5);
    await rig.reaches(name, 'ready');
    for (const letter of ['a', 'b', 'c', 'd']) {
      const done = (await rig.journal(`/commands/lou/${letter}`)).map(({ operation }) => operation);
      const wanted = Array.from({ length: commands / 2 }, () => ['stop', 'start']).flat();
      expect(done).toEqual(['create', ...wanted]);
    }
  });

  it('answers every action of many clients once: what is accepted happens, what is refused does not', async () => {
    const name = await rig.add(definition('clients'));
    const accepted: string[] = [];
    const refused: string[] = [];
    const client = async (number: number): Promise<void> => {
      for (let request = 0; request < 25; request += 1) {
        const action = STACK_ACTIONS[(number + request) % STACK_ACTIONS.length] ?? 'START';
        const actor = `client-${number}-${request}`;
        const outcome = await rig.gateway.act(name, { action, actor });
        if (outcome.kind === 'accepted') accepted.push(actor);
        else {
          const sentences = STACK_STATUSES.map((status) => refusalOf(action, status));
          expect(outcome.kind === 'refused' && sentences.includes(outcome.reason), actor).toBe(true);
          refused.push(actor);
        }
      }
    };
    await Promise.all([0, 1, 2, 3].map(client));
    await until(async () => ['ready', 'stopped', 'shut_down'].includes((await rig.status(name)) ?? ''), {
      what: 'that all of it is through',
    });
    await runsOf(name, 2);
    const begun = (await rig.events(name)).filter(({ kind }) => kind === 'status').map(({ actor }) => actor);
    const clients = begun.filter((actor) => actor.startsWith('client-'));
    expect(clients.sort()).toEqual(accepted.sort());
    expect(accepted.length + refused.length).toBe(100);
    // Each status follows from the one before.
    const statuses = await statusesOf(name);
    statuses.slice(1).forEach((step, index) => {
      expect(step.split('>')[0]).toBe(statuses[index]?.split('>')[1]);
    });
  });

  it('A86: keeps restarting an instance that keeps dying, and tells of each time', async () => {
    const name = await rig.add(definition('mortal', 'active'));
    await rig.bring(name, 'START', 'ready');
    const { objectID } = await rig.object(name, '/mortal/lou/a');
    const deaths = 3;
    for (let death = 1; death <= deaths; death += 1) {
      await rig.simulation.kill('/mortal/lou/a');
      await until(async () => (await rig.journal('/mortal/lou/a', 'start')).length === death, {
        what: `restart ${death}`,
      });
      await rig.reaches(name, 'ready');
      // Others are used meanwhile.
      for (const desired of ['shutdown', 'running'] as const) {
        await rig.instance(name, '/mortal/lou/b', desired);
        await until(async () => (await rig.object(name, '/mortal/lou/b')).condition === desired, {
          what: `that the other one is ${desired}`,
        });
      }
      await rig.reaches(name, 'ready');
    }
    await runsOf(name, 2);
    const notified = (await rig.events(name)).filter(({ kind }) => kind === 'notified');
    expect(notified.map(({ object }) => object)).toEqual(Array(deaths).fill('/mortal/lou/a'));
    expect(await rig.object(name, '/mortal/lou/a')).toMatchObject({ objectID, condition: 'running' });
  });

  it('A90: still stops at its stop time, while its definition changes again and again', async () => {
    const stop = new Date(Date.now() + 8_000).toISOString();
    const first = { ...definition('timed'), schedule: { start_time: null, stop_time: stop } };
    const name = await rig.add(first);
    await rig.bring(name, 'START', 'ready');
    const more = [...first.oplans, anOplan('more', 'vnet', ['/timed/lou/net'])];
    for (let change = 0; (await rig.status(name)) === 'ready'; change += 1) {
      const outcome = await rig.tryDefine({ ...first, oplans: change % 2 === 0 ? more : first.oplans });
      // Its time has come just before.
      if (outcome.kind !== 'accepted') break;
      await until(async () => (await rig.status(name)) !== 'starting', { what: 'the end of the change' });
    }
    await rig.reaches(name, 'stopped');
    await runsOf(name, 2);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(stop));
    expect(await rig.simulation.objects('/timed/')).toEqual([]);
  });
});
