import type { LoggedChange } from '../../../../src/domain/event-stream/logged-change.ts';
import type { Position, Source } from '../../../../src/domain/event-stream/position.ts';

const AT = '2026-01-02T03:04:05.678901Z';

export function place(tx: number, id: number, source: Source = 'upgrades'): Position {
  return { tx: String(tx), source, id, at: AT };
}

/** A change of an orchestration, unless that is changed. */
export function aChange(changes: Partial<LoggedChange> = {}): LoggedChange {
  return {
    ...{ position: place(9, 1), actor: 'drydock', kind: 'state', orchestrationID: 'one', operationID: null },
    ...{
      wave: null,
      stack: null,
      label: null,
      object: null,
      webhookID: null,
      webhook: null,
      fromState: null,
      toState: null,
      reason: '',
    },
    ...changes,
  };
}
