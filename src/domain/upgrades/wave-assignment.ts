/** Which runtimes an orchestration upgrades together, before others. */
import { REST_WAVE, type WaveRequest } from './orchestration-parameters.ts';
import { PatternCompiler } from './patterns.ts';
import { percentOf } from './percents.ts';
import type { Runtime } from './runtime.ts';
import { compileTargets } from './selectors.ts';
import { drawFrom } from './spread-draw.ts';

/** A wave with the numbers that it got at planning; they stay, whatever becomes of its runtimes. */
export interface PlannedWave {
  name: string;
  /** Runtimes that belong to it. */
  size: number;
  /** Runtimes that its targets match, whatever earlier waves took. */
  matched: number;
  /** The number that its percent, or count, became; more than its size where fewer were left. Absent for a wave that takes all. */
  drawn?: number;
}

export interface WaveAssignment {
  /** Of each runtime, in their order, the number of its wave from 0. */
  waveOf: number[];
  /** In their order; the last one is {@link REST_WAVE}. */
  waves: PlannedWave[];
}

/** The grounds on which runtimes are drawn. */
export interface WaveDraw {
  /** Text of the versions to upgrade to: others draw others. */
  version: string;
  /** True for what needs no upgrade any more: it would show nothing, so it is not drawn. No runtime is by default. */
  isThereAlready?: (runtime: Runtime) => boolean;
}

/**
 * Puts each runtime into the first wave that takes it. A percent is of all that the wave's targets match, not of what earlier waves left,
 * rounded up. Runtimes that are there already belong to the first matching wave that takes all, or to the rest. Takes the runtimes of
 * a plan, each once; their order changes nothing. Throws FinalError TARGETS_REFUSED.
 */
export function assignWaves(
  runtimes: readonly Runtime[],
  requested: readonly WaveRequest[],
  { version, isThereAlready = () => false }: WaveDraw,
): WaveAssignment {
  const patterns = new PatternCompiler();
  const rest = requested.length;
  const waveOf = runtimes.map(() => rest);
  const isOut = runtimes.map(isThereAlready);
  const draw = drawFrom(runtimes, version);
  const waves = requested.map((wave, number): PlannedWave => {
    const selectionOf = wave.targets && compileTargets(wave.targets, patterns);
    const isMatch = runtimes.map((runtime) => !selectionOf || selectionOf(runtime) === 'selected');
    const matched = isMatch.filter(Boolean).length;
    const isFree = (place: number) => isMatch[place] === true && waveOf[place] === rest;
    const drawn = seatsOf(wave, matched);
    const taken =
      drawn === undefined
        ? [...runtimes.keys()].filter(isFree)
        : draw((place) => isFree(place) && isOut[place] === false, drawn);
    for (const place of taken) waveOf[place] = number;
    return { name: wave.name, size: taken.length, matched, ...(drawn !== undefined && { drawn }) };
  });
  const size = waveOf.filter((number) => number === rest).length;
  return { waveOf, waves: [...waves, { name: REST_WAVE, size, matched: runtimes.length }] };
}

function seatsOf({ percent, count }: WaveRequest, matched: number): number | undefined {
  return percent === undefined ? count : percentOf(matched, percent, 'up');
}
