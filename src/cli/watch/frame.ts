/** An orchestration that is watched in a terminal, as lines. */
import type { Orchestration, Wave } from '../answer-shapes.ts';
import { short } from '../ids.ts';
import { doneOf, inFlightText, isPaused, kindOf, pauseText, stateOf, versionOf } from '../listings.ts';
import { alignRows, paint, paintState, type Place } from '../output.ts';
import { clock, cut, duration, plain } from '../terminal-texts.ts';
import { changeLine, type Change } from './told-changes.ts';

const BAR = 24;

export interface Watched {
  orchestration: Orchestration;
  /** The newest last. */
  recent: readonly Change[];
  /** The effect of Ctrl-C, such as `leaves it running`. */
  onInterrupt: string;
  /** When the service was last heard of, while it does not answer. */
  asOfMs?: number;
}

/** No line is longer than the terminal is wide. */
export function frameOf(watched: Watched, place: Place, nowMs: number): string[] {
  const { orchestration, recent, onInterrupt, asOfMs } = watched;
  const { progress, pauses, waitingFor, orchestrationID, parameters } = orchestration;
  const width = Math.max(place.columns, 20);
  const fit = (line: string): string => cut(plain(line), width);
  const title = ['Upgrade of', kindOf(orchestration.type), versionOf(orchestration)]
    .filter(Boolean)
    .join(' ');
  const isHeld = pauses.length > 0 || orchestration.state === 'canceling';
  const inFlight = inFlightText(progress, (instant) => clock(instant, nowMs));
  const isDry = parameters?.dryRun ? ' (dry run)' : '';
  const state = plain(stateOf(orchestration));
  const numbers = [
    doneOf(progress),
    `${progress.failed} failed`,
    `${progress.inFlight} in flight`,
    ...endsIn(progress.eta, nowMs),
  ];
  return [
    // The state alone is painted, so that what is cut off is never a part of a color.
    paint('bold', fit(`${title}${isDry} ${short(orchestrationID)}`), place.hasColor),
    `${paintState(state, place.hasColor)}${cut(`  ${numbers.join(', ')}`, width - state.length)}`,
    ...barsOf(orchestration).map(fit),
    ...(isHeld && inFlight ? [fit(`in flight: ${inFlight}`)] : []),
    ...(isPaused(orchestration) ? pauses : []).map((pause) => fit(`paused ${pauseText(pause)}`)),
    ...(waitingFor ? [fit(`waits: ${waitingFor.message}`)] : []),
    ...(waitingFor?.then ?? []).map(({ message }) => fit(`then: ${message}`)),
    ...recent.map((change) => paint('dim', fit(changeLine(change)), place.hasColor)),
    fit(
      asOfMs === undefined
        ? `live; Ctrl-C ${onInterrupt}`
        : `as of ${clock(new Date(asOfMs).toISOString(), nowMs)}: the service does not answer, and is asked again`,
    ),
  ];
}

function endsIn(eta: Orchestration['progress']['eta'], nowMs: number): string[] {
  if (!eta?.earliest) return [];
  const latest = eta.latest ?? eta.earliest;
  const from = clock(eta.earliest, nowMs);
  const to = clock(latest, nowMs);
  const left = duration(Date.parse(latest) - nowMs);
  return [`ends ${from === to ? from : `${from} to ${to}`}, in ${left}`];
}

function barsOf({ waves = [], progress }: Orchestration): string[] {
  if (waves.length === 0) {
    const { done, total, inFlight } = progress;
    return total === null ? [] : [bar(done, inFlight, total)];
  }
  return alignRows(
    waves.map((wave) => {
      const ended = wave.succeeded + wave.failed + wave.canceled;
      return [
        plain(wave.name),
        bar(ended, wave.inProgress, wave.size),
        `${ended}/${wave.size}`,
        plain(phaseOf(wave)),
      ];
    }),
  ).map((cells) => cells.join('  '));
}

function phaseOf({ phase, failed, question }: Wave): string {
  const failures = failed > 0 ? `, ${failed} failed` : '';
  return `${question?.stands ? `asks (question ${question.number})` : phase}${failures}`;
}

/** `#` has ended, `:` is in flight, `.` is still to come. */
export function bar(done: number, inFlight: number, total: number): string {
  if (total === 0) return '#'.repeat(BAR);
  const ended = Math.floor((done / total) * BAR);
  const flying = Math.min(Math.ceil((inFlight / total) * BAR), BAR - ended);
  return '#'.repeat(ended) + ':'.repeat(flying) + '.'.repeat(BAR - ended - flying);
}
