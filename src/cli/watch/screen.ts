/** Where what is watched is shown: frames in a terminal, lines elsewhere. */
import { createLogUpdate } from 'log-update';
import type { Orchestration } from '../answer-shapes.ts';
import type { Context } from '../context.ts';
import { doneOf, stateOf } from '../listings.ts';
import { time } from '../terminal-texts.ts';
import { lineScreen } from './line-screen.ts';
import type { Change } from './told-changes.ts';
import type { Screen } from './follow.ts';
import { frameOf } from './frame.ts';

const RECENT = 5;

export function createScreen(context: Context, onInterrupt: string): Screen<Orchestration> {
  const isFrame = context.place.isTerminal && ['table', 'wide'].includes(context.format.kind);
  return isFrame ? frames(context, onInterrupt) : lineScreen(context, 'orchestration', standingRow);
}

function frames({ surroundings, place }: Context, onInterrupt: string): Screen<Orchestration> {
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
    update(frameOf({ orchestration: shown, recent, onInterrupt, asOfMs }, wide, now()).join('\n'));
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

/** How it stands, in the columns of a change. */
function standingRow(orchestration: Orchestration): string[] {
  const { orchestrationID, updatedAt, progress, description, waitingFor } = orchestration;
  const numbers = `${doneOf(progress)} done, ${progress.failed} failed, ${progress.inFlight} in flight`;
  const why = `${numbers}; ${waitingFor?.message ?? description}`;
  return [time(updatedAt), 'standing', orchestrationID, '', stateOf(orchestration), 'drydock', why];
}
