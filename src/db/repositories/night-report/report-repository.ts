import type { NightFacts } from '../../../domain/night-report/facts.ts';

/** A time, RFC 3339 UTC: `until` is no part of it. */
export interface Night {
  since: string;
  until: string;
}

export interface ReportRepository {
  /** What has happened in the time, and what waits for somebody now; bounded, whatever has happened. All of it is of one moment. */
  read(night: Night): Promise<NightFacts>;
}
