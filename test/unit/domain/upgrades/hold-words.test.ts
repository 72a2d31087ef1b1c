import { expect, it } from 'vitest';
import { HOLDS, holdWords } from '../../../../src/domain/upgrades/hold-words.ts';

it('each hold says which one it is', () => {
  expect([...HOLDS, null].map((hold) => holdWords(hold))).toEqual([
    'Not begun: its orchestration was paused before anything was sent',
    'Not begun: everything was paused before anything was sent',
    'Not begun: its orchestration was canceled before anything was sent',
    'Not begun: the freezes of the maintenance policy have changed before anything was sent',
    'Not begun: it was held for a moment before anything was sent',
  ]);
});
