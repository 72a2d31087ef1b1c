/**
 * Windows by looking at the clock: Intl says for every quarter of an hour what the clock of a zone shows, and windows are
 * found by walking along these. It shares nothing with the code it is compared with.
 */

export const QUARTER = 15 * 60_000;
const DAY = 96 * QUARTER;

/** Times as quarters of an hour since midnight. */
export interface OracleWindow {
  days: readonly string[];
  begin: number;
  end: number;
  cutoff: number;
}

export interface OraclePiece {
  begin: number;
  latestStart: number;
  end: number;
}

export interface OracleFreeze {
  fromMs: number;
  toMs: number;
}

const DAYS = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', weekday: 'short' });

export class WallOracle {
  /** The time that the clock shows, in ms as if it were UTC, for every quarter of an hour from `from` on. */
  private readonly walls: Float64Array;
  /** The dates between, as ms of their UTC midnight, with the names of their days. */
  private readonly dates: { midnight: number; day: string }[] = [];

  constructor(
    zone: string,
    private readonly from: number,
    until: number,
  ) {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    // Windows that begin before the end of the table reach beyond it.
    this.walls = Float64Array.from({ length: (until - from) / QUARTER + 3 * 96 }, (_, index) =>
      Date.parse(`${format.format(from + index * QUARTER).replace(' ', 'T')}Z`),
    );
    const last = this.walls.at(-1) ?? from;
    for (
      let midnight = Math.ceil((this.walls[0] ?? from) / DAY) * DAY;
      midnight + 2 * DAY < last;
      midnight += DAY
    )
      this.dates.push({ midnight, day: DAYS.format(midnight) });
  }

  /** All windows of the table, in order. */
  windows({ days, begin, end, cutoff }: OracleWindow): OraclePiece[] {
    const length = (end > begin ? end - begin : end + 96 - begin) * QUARTER;
    let index = 0;
    return this.dates
      .filter(({ day }) => days.includes(day))
      .map(({ midnight }) => {
        const wanted = midnight + begin * QUARTER;
        // The first instant at which the clock shows the time, or has sprung over it.
        while ((this.walls[index] ?? Infinity) < wanted) index += 1;
        const at = this.from + index * QUARTER;
        return { begin: at, latestStart: at + length - cutoff * QUARTER, end: at + length };
      });
  }
}

/** The rest that freezes leave, found by asking for each quarter of an hour whether it is frozen. */
export function withoutFrozen(
  windows: readonly OraclePiece[],
  freezes: readonly OracleFreeze[],
  cutoff: number,
): OraclePiece[] {
  const pieces: OraclePiece[] = [];
  for (const window of windows) {
    let begin: number | undefined;
    for (let at = window.begin; at <= window.end; at += QUARTER) {
      const isFree = at < window.end && !freezes.some(({ fromMs, toMs }) => fromMs <= at && at < toMs);
      if (isFree) begin ??= at;
      else if (begin !== undefined) {
        const latestStart = at - cutoff * QUARTER;
        if (latestStart > begin) pieces.push({ begin, latestStart, end: at });
        begin = undefined;
      }
    }
  }
  return pieces.sort((a, b) => a.begin - b.begin);
}
