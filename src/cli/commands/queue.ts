/** Lanes, who has their turns, and who waits. */
import type { z } from 'zod';
import { controlledSchema, queueSchema, type Orchestration } from '../answer-shapes.ts';
import { command, group, ID, REASON } from '../command.ts';
import { findOrchestrationID, shortened } from '../ids.ts';
import { etaText, kindOf, versionOf, pauseText, waitText } from '../listings.ts';
import { isJSON, type Listing } from '../output.ts';
import { time } from '../terminal-texts.ts';
import { controlledDescription } from './control-commands.ts';

type Lane = z.infer<typeof queueSchema>['lanes'][number];

interface Place {
  lane: string;
  position: string;
  orchestrationID: string;
  upgrade: string;
  state: string;
  since: string;
  by: string;
  what: string;
}

/** `kyma 2.20.5`. */
function upgradeOf(one: { type?: string; parameters?: Orchestration['parameters'] }): string {
  return `${kindOf(one.type ?? '')} ${versionOf(one)}`.trim();
}

/** The next one gets the turn when it ends: nobody knows when a paused one does. */
function holderText({ state, pauses: [pause], eta }: NonNullable<Lane['holder']>): string {
  if (pause && state !== 'canceling') return `paused ${pauseText(pause)}`;
  const ends = etaText(eta);
  return ends && `ends ${ends}`;
}

/** The orchestrations with turns, and those behind them. */
function placesOf({ name, holder, first }: Lane): Place[] {
  return [
    ...(holder
      ? [
          {
            ...{
              lane: name,
              position: 'turn',
              orchestrationID: holder.orchestrationID,
              upgrade: upgradeOf(holder),
            },
            ...{ state: holder.state, since: time(holder.since), by: holder.createdBy ?? '' },
            what: holderText(holder),
          },
        ]
      : []),
    ...first.map((one) => ({
      ...{ lane: name, position: String(one.position), orchestrationID: one.orchestrationID },
      ...{ upgrade: upgradeOf(one), state: one.state, since: time(one.queuedAt), by: one.createdBy },
      what: waitText(one.waitingFor) ?? '',
    })),
  ];
}

const listing: Listing<Place> = {
  name: ({ orchestrationID }) => orchestrationID,
  columns: [
    { header: 'LANE', of: ({ lane }) => lane },
    { header: 'PLACE', of: ({ position }) => position },
    { header: 'ID', of: ({ orchestrationID }, { isTerminal }) => shortened(orchestrationID, isTerminal) },
    { header: 'UPGRADE', of: ({ upgrade }) => upgrade },
    { header: 'STATE', of: ({ state }) => state, isState: true },
    { header: 'SINCE', of: ({ since }) => since },
    { header: 'BY', of: ({ by }) => by },
    { header: 'WHAT', of: ({ what }) => what },
  ],
};

const show = command({
  words: '$0',
  about: 'Lanes, who has their turns, and who waits',
  run: async (context) => {
    const queue = await context.api.ask('/queue', queueSchema);
    const { paused, lanes } = queue;
    if (paused)
      context.say(`Everything is paused by ${paused.by} since ${time(paused.since)}: ${paused.reason}`);
    if (isJSON(context.format)) {
      context.showOne(queue, { name: () => 'queue', fields: () => [] });
      return undefined;
    }
    const places = lanes.flatMap(placesOf);
    context.showList(places, listing);
    if (places.length === 0) context.say('Nothing has a turn, and nothing waits.');
    for (const { name, waiting, first } of lanes) {
      if (waiting > first.length) context.say(`${waiting - first.length} more wait in lane ${name}.`);
    }
    return undefined;
  },
});

const front = command({
  words: 'front <id>',
  about: 'Give it the next turn of its lane',
  positionals: ID,
  options: REASON,
  run: async (context, { id, reason }) => {
    const { api } = context;
    const orchestrationID = await findOrchestrationID(api, id);
    const sent = { method: 'PUT', json: { reason } } as const;
    context.showOne(
      await api.ask(`/queue/${orchestrationID}/front`, controlledSchema, sent),
      controlledDescription,
    );
    return undefined;
  },
});

const pausedSchema = queueSchema.pick({ paused: true });

function everything(verb: 'pause' | 'resume', about: string) {
  return command({
    words: verb,
    about,
    options: REASON,
    run: async (context, { reason }) => {
      const answer = await context.api.ask(`/queue/${verb}`, pausedSchema, {
        method: 'PUT',
        json: { reason },
      });
      context.showOne(answer, {
        name: () => 'queue',
        fields: ({ paused }) => [
          ['Paused', paused ? `by ${paused.by} since ${time(paused.since)}: ${paused.reason}` : 'no'],
        ],
      });
      return undefined;
    },
  });
}

export const queue = group(
  'queue',
  'Lanes, who has their turns, and who waits',
  [
    show,
    front,
    everything('pause', 'Pause everything: nothing begins in any orchestration'),
    everything('resume', 'Let everything go on'),
  ],
  true,
);
