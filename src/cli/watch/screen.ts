/** Where what is watched is shown: frames in a terminal, lines elsewhere. */
import { createLogUpdate } from 'log-update';
import type { Orchestration } from '../answer-shapes.ts';
import type { Context } from '../context.ts';
import { doneOf, stateOf } from '../listings.ts';
import { plain, time } from '../terminal-texts.ts';
import { changeRow, type Change } from './told-changes.ts';
import type { Screen } from './follow.ts';
import { frameOf } from './frame.ts';

const RECENT = 5;

export function createScreen(context: Context): Screen<Orchestration> {
  const isFrame = context.place.isTerminal && ['table', 'wide'].includes(context.format.kind);
  return isFrame ? frames(context) : lines(context);
}

function frames({ surroundings, place }: Context): Screen<Orchestration> {
  const { stdout, now } = surroundings;
  const terminal = {
    write: (text: string) => {
      stdout.write(text);
      return true;
    },
    get columns() {
      return stdout.columns;
    },
    get rows() {
      return stdout.rows;
    },
    isTTY: true,
  };
  const update = createLogUpdate(terminal as unknown as NodeJS.WriteStream, { showCursor: true });
  const recent: Change[] = [];
  let shown: Orchestration | undefined;
  let heardAt = now();
  const draw = (asOfMs?: number): void => {
    if (!shown) return;
    const wide = { ...place, columns: stdout.columns };
    update(frameOf({ orchestration: shown, recent, asOfMs }, wide, now()).join('\n'));
  };
  return {
    needsLooks: true,
    change: (change) => {
      recent.push(change);
      if (recent.length > RECENT) recent.shift();
    },
    show: (orchestration) => {
      shown = orchestration;
      heardAt = now();
      draw();
    },
    away: () => draw(heardAt),
    end: () => update.done(),
  };
}

function lines({ surroundings, format, say }: Context): Screen<Orchestration> {
  const { stdout } = surroundings;
  const isJSON = format.kind === 'json' || format.kind === 'jsonl';
  let last = '';
  let isAway = false;
  return {
    needsLooks: false,
    change: (change) =>
      stdout.write(
        `${isJSON ? JSON.stringify({ event: change.event, what: change.what, change: change.row }) : changeRow(change)}\n`,
      ),
    show: (orchestration, isTold) => {
      if (isAway) say('The service answers again.');
      isAway = false;
      const line = standingRow(orchestration);
      const isNew = line.slice(line.indexOf('\t')) !== last;
      last = line.slice(line.indexOf('\t'));
      if (isTold || !isNew) return;
      stdout.write(`${isJSON ? JSON.stringify({ event: 'standing', orchestration }) : line}\n`);
    },
    away: (reason) => {
      if (!isAway) say(`${plain(reason)}; it is asked again until it answers.`);
      isAway = true;
    },
    end: () => undefined,
  };
}

/** How it stands, in the columns of a change. */
function standingRow(orchestration: Orchestration): string {
  const { orchestrationID, updatedAt, progress, description, waitingFor } = orchestration;
  const numbers = `${doneOf(progress)} done, ${progress.failed} failed, ${progress.inFlight} in flight`;
  const why = `${numbers}; ${waitingFor?.message ?? description}`;
  return [time(updatedAt), 'standing', orchestrationID, '', stateOf(orchestration), 'drydock', why]
    .map(plain)
    .join('\t');
}
