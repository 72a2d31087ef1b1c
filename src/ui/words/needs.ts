/** Things that stand still until a person does something, the most urgent first. Pure. */
import type { components } from '../rest-types.ts';
import { asks, isEnding, type Detail, type Orchestration } from './rollout-words.ts';
import type { Picture } from './state-words.ts';
import { countOf, distanceOf, numberOf } from './times.ts';

/** Hours for which failures of an orchestration that has ended need somebody. */
export const FAILED_HOURS = 24;

export interface Need {
  key: string;
  href: string;
  title: string;
  words: string;
  picture: Picture;
}

interface NeedsInput {
  /** Those that go on, with their waves. */
  orchestrations: readonly Detail[];
  /** Those that are being stopped, or have ended lately: of these their failures alone need somebody. */
  ending?: readonly Orchestration[];
  /** Those that have ended with failures lately and are not among them. */
  moreEnded?: number;
  /** The name of an orchestration among the others of the page. */
  nameOf: (orchestration: Orchestration) => string;
  /** Milliseconds since the epoch. */
  now: number;
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

export function needsOf({
  orchestrations,
  ending = [],
  moreEnded = 0,
  nameOf,
  now,
  queue,
  fleet,
}: NeedsInput): Need[] {
  const needs: Need[] = [];
  if (queue?.paused) {
    const { by, reason } = queue.paused;
    const words = `by ${by}: ${reason || 'no reason given'}`;
    needs.push({ key: 'queue', href: '/queue', title: 'Everything is paused', words, picture: 'pause' });
  }
  needs.push(
    ...orchestrations.filter((one) => !isEnding(one)).flatMap((one) => needsOfOne(one, nameOf(one))),
    ...ending.flatMap((one) => failuresOf(one, nameOf(one), now)),
  );
  if (moreEnded > 0) {
    const words = `more ${moreEnded === 1 ? 'has' : 'have'} ended with failures in ${FAILED_HOURS} hours`;
    const href = '/orchestrations?failed=lately';
    needs.push({ key: 'failed', href, title: countOf(moreEnded, 'orchestration'), words, picture: 'bad' });
  }
  if (fleet) needs.push(...needsOfFleet(fleet));
  return needs;
}

function needsOfOne(orchestration: Detail, title: string): Need[] {
  const { orchestrationID: id, waves, pauses } = orchestration;
  const { failed } = orchestration.progress;
  const href = `/orchestrations/${id}`;
  const asking = waves.filter(asks).map(({ name }): Need => {
    const words = `asks for an approval after ${name}`;
    return { key: `${id} asks`, href: '/approvals', title, words, picture: 'ask' };
  });
  const paused = pauses
    .filter(({ code }) => code !== 'queue')
    .map(({ code, by, reason }): Need => {
      const said =
        code === 'person'
          ? ` by ${by}: ${reason || 'no reason given'}`
          : code === 'budget'
            ? ` (${countOf(failed, 'failure')})`
            : '';
      return {
        key: id + code,
        href,
        title,
        words: `${PAUSES[code] ?? 'is paused'}${said}`,
        picture: 'pause',
      };
    });
  const isSaid = pauses.some(({ code }) => code === 'budget');
  const failures: Need[] =
    failed === 0 || isSaid
      ? []
      : [{ key: `${id} failed`, href, title, words: `has ${countOf(failed, 'failure')}`, picture: 'bad' }];
  return [...asking, ...paused, ...failures];
}

/** Failures outlive their orchestration: a retry takes them up again, but for one that was stopped, which stands here for as long as it is new. */
function failuresOf(orchestration: Orchestration, title: string, now: number): Need[] {
  const { orchestrationID: id, state, description, progress, updatedAt } = orchestration;
  const { failed, total } = progress;
  if (failed === 0 && state !== 'failed') return [];
  const failures = countOf(failed, 'failure');
  const ended = distanceOf(Date.parse(updatedAt), now);
  const words =
    state === 'canceling'
      ? `is being stopped, with ${failures}`
      : state !== 'failed'
        ? `was stopped ${ended}, with ${failures}`
        : `failed ${ended}: ${failed === 0 ? description : `${numberOf(failed)} of ${countOf(total ?? failed, 'runtime')}`}`;
  const href = `/orchestrations/${id}`;
  return [{ key: `${id} failed`, href, title, words, picture: 'bad' }];
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
