/** Things that stand still until a person does something, the most urgent first. Pure. */
import type { components } from '../rest-types.ts';
import { asks, hasEnded, titleOf, type Detail } from './rollout-words.ts';
import type { Picture } from './state-words.ts';
import { countOf } from './times.ts';

export interface Need {
  key: string;
  href: string;
  title: string;
  words: string;
  picture: Picture;
}

interface NeedsInput {
  orchestrations: readonly Detail[];
  queue?: components['schemas']['Queue'];
  fleet?: components['schemas']['Fleet'];
}

const PAUSES: Record<string, string> = {
  person: 'is paused',
  budget: 'is paused: more had failed than its budget bears',
  'plan-changed': 'is paused: the fleet is another one than planned',
  'no-evidence': 'is paused: nothing of the wave has succeeded',
  'approval-expired': 'is paused: nobody answered in time',
};

export function needsOf({ orchestrations, queue, fleet }: NeedsInput): Need[] {
  const needs: Need[] = [];
  if (queue?.paused) {
    const { by, reason } = queue.paused;
    const words = `by ${by}: ${reason || 'no reason given'}`;
    needs.push({ key: 'queue', href: '/queue', title: 'Everything is paused', words, picture: 'pause' });
  }
  for (const orchestration of orchestrations) {
    if (!hasEnded(orchestration)) needs.push(...needsOfOne(orchestration));
  }
  if (fleet) needs.push(...needsOfFleet(fleet));
  return needs;
}

function needsOfOne(orchestration: Detail): Need[] {
  const { orchestrationID: id, waves, pauses } = orchestration;
  const href = `/orchestrations/${id}`;
  const title = titleOf(orchestration);
  const asking = waves.filter(asks).map(({ name }): Need => {
    const words = `asks for an approval after ${name}`;
    return { key: `${id} asks`, href: '/approvals', title, words, picture: 'ask' };
  });
  const paused = pauses
    .filter(({ code }) => code !== 'queue')
    .map(({ code, by, reason }): Need => {
      const said = code === 'person' ? ` by ${by}: ${reason || 'no reason given'}` : '';
      return {
        key: id + code,
        href,
        title,
        words: `${PAUSES[code] ?? 'is paused'}${said}`,
        picture: 'pause',
      };
    });
  const { failed } = orchestration.progress;
  const failures: Need[] =
    failed === 0
      ? []
      : [{ key: `${id} failed`, href, title, words: `has ${countOf(failed, 'failure')}`, picture: 'bad' }];
  return [...asking, ...paused, ...failures];
}

function needsOfFleet({ windows, inventory }: components['schemas']['Fleet']): Need[] {
  const needs: Need[] = [];
  const without = windows?.withoutWindow['no definition'] ?? 0;
  if (without > 0) {
    const words = 'without a maintenance window: scheduled upgrades leave them out';
    const title = countOf(without, 'runtime');
    needs.push({ key: 'windows', href: '/policy', title, words, picture: 'none' });
  }
  if (inventory.failure) {
    const words = `could not be read: ${inventory.failure.message}`;
    needs.push({ key: 'inventory', href: '/', title: 'The inventory', words, picture: 'bad' });
  }
  return needs;
}
