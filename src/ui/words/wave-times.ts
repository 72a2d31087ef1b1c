/** About when a wave begins and ends, and what comes before it. Pure. */
import { hasEnded, isEnding, type Detail } from './rollout-words.ts';
import { clockOf, lengthOf } from './times.ts';

type Wave = Detail['waves'][number];
type Of = Pick<Detail, 'state' | 'paused' | 'waves'> & {
  progress: Pick<Detail['progress'], 'eta'>;
  parameters: { strategy: Pick<Detail['parameters']['strategy'], 'waves'> };
};

const MINUTE_MS = 60_000;

/** In a clause; null where the state of the wave says all. `position` is that of a wave of it. */
export function waveTimes(of: Of, position: number, now: number, zone: string): string | null {
  const wave = of.waves[position];
  if (!wave || hasEnded(of)) return null;
  const clock = (at: number): string => clockOf(at, now, zone);
  if (wave.phase === 'passed') return wave.passedAt && `at ${clock(Date.parse(wave.passedAt))}`;
  if (isEnding(of)) return null;
  if (wave.phase === 'running')
    return joined([endWords(of, wave, now, clock), thenWords(of, wave, position)]);
  if (wave.phase !== 'waiting') return null;
  const begin = beginOf(of, position);
  const earliest = isAsked(of, position) ? ' at the earliest' : '';
  const begins = begin !== null && begin > now ? `begins about ${clock(begin)}${earliest}` : null;
  const ends = begins && endWords(of, wave, now, clock, earliest);
  return joined([afterWords(of, position), begins, ends]);
}

function joined(parts: readonly (string | null)[]): string | null {
  return parts.filter((part) => part !== null).join(', ') || null;
}

function etaOf({ progress }: Of, { name }: Wave) {
  return progress.eta?.waves.find((one) => one.name === name);
}

/** Null when nobody knows, as while it is paused. */
function endOf(of: Of, wave: Wave): number | null {
  const latest = etaOf(of, wave)?.latest;
  return latest ? Date.parse(latest) : null;
}

/** A time is followed by `suffix`. */
function endWords(
  of: Of,
  wave: Wave,
  now: number,
  clock: (at: number) => string,
  suffix = '',
): string | null {
  const eta = etaOf(of, wave);
  if (!eta) return null;
  if (eta.earliest === null || eta.latest === null) return 'finds no window in time';
  const [earliest, latest] = [Date.parse(eta.earliest), Date.parse(eta.latest)];
  if (latest < now) return 'takes longer than estimated';
  return latest - earliest < MINUTE_MS || earliest < now
    ? `ends about ${clock(latest)}${suffix}`
    : `ends between ${clock(earliest)} and ${clock(latest)}${suffix}`;
}

function requestOf({ parameters }: Of, { name }: Wave) {
  return parameters.strategy.waves?.find((wave) => wave.name === name);
}

function soakOf(of: Of, wave: Wave): number {
  return (requestOf(of, wave)?.soakMinutes ?? 0) * MINUTE_MS;
}

/** The steps after its last operation, before the next wave. */
function stepsOf(of: Of, wave: Wave): string[] {
  const soak = soakOf(of, wave);
  return [
    ...(soak > 0 ? [`soak of ${lengthOf(soak)}`] : []),
    ...(requestOf(of, wave)?.approval ? ['approval'] : []),
  ];
}

/** Nothing follows the last wave that has operations. */
function thenWords(of: Of, wave: Wave, position: number): string | null {
  if (!of.waves.slice(position + 1).some(({ pending }) => pending > 0)) return null;
  const steps = stepsOf(of, wave);
  return steps.length > 0 ? `then comes its ${steps.join(' and its ')}` : null;
}

/** `after wave early, its soak of 30 min and its approval`. */
function afterWords({ waves, ...of }: Of, position: number): string | null {
  const before = waves[position - 1];
  if (!before) return null;
  const parts = [`wave ${before.name}`, ...stepsOf({ waves, ...of }, before).map((step) => `its ${step}`)];
  const last = parts.pop();
  return `after ${parts.length > 0 ? `${parts.join(', ')} and ` : ''}${last ?? ''}`;
}

/** When the wave before it will have ended and soaked; null when nobody knows. */
function beginOf(of: Of, position: number): number | null {
  const before = of.waves[position - 1];
  if (!before || of.paused) return null;
  if (before.phase === 'soaking') return before.soakUntil ? Date.parse(before.soakUntil) : null;
  if (before.phase !== 'running' && before.phase !== 'waiting') return null;
  const end = endOf(of, before);
  return end && end + soakOf(of, before);
}

/** Whether somebody is asked before it: nobody knows how long an answer takes. */
function isAsked(of: Of, position: number): boolean {
  return of.waves.slice(0, position).some((wave) => wave.phase !== 'passed' && requestOf(of, wave)?.approval);
}
