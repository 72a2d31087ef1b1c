import type { NightFacts } from '../../../domain/night-report/facts.ts';

/** A time, RFC 3339 UTC: `until` is no part of it. */
export interface Night {
  since: string;
  until: string;
}

export interface ReportRepository {
  /** All that has happened in the time, and all that waits for somebody now; bounded, whatever has happened, and of one moment. */
  read(night: Night): Promise<NightFacts>;
}
