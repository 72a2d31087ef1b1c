import { expect, it } from 'vitest';
import { pageWords, piecesOf } from '../../../src/ui/words/page-words.ts';

const NOW = Date.parse('2026-11-28T21:30:00Z');

it.each([
  [
    'It is paused; an admin can go on with PUT /queue/resume and PUT /orchestrations/{id}/resume',
    'It is paused; an admin can go on with Resume everything and Resume',
  ],
  [
    'Question 1 stands; an admin can answer it with POST /orchestrations/{id}/approvals/1',
    'Question 1 stands; an admin can answer it on the page Approvals',
  ],
  [
    'Frozen; an admin can change that with PUT /maintenance-policy',
    'Frozen; an admin can change that on the page Policy',
  ],
  ['It backs off; POST /orchestrations/{id}/retry does not wait', 'It backs off; Retry does not wait'],
])('"%s" is told by the page without an endpoint', (message, words) => {
  expect(pageWords(message, NOW, 'UTC')).toBe(words);
});

it.each([
  ['Its window opens 2026-11-28T22:00Z', 'Its window opens 23:00 Berlin'],
  ['It is looked at again 2026-11-28T23:30:08Z', 'It is looked at again Sun 29 Nov 00:30 Berlin'],
  ['paused by jane since 2026-07-01T22:00:00.123456Z: x', 'paused by jane since Thu 2 Jul 00:00 Berlin: x'],
  [
    'Its window opens 2026-11-28T22:00Z (23:00 Europe/Berlin) by rule 3',
    'Its window opens 23:00 Berlin by rule 3',
  ],
  [
    'Its window opens 2026-11-28T22:00Z (17:00 America/New_York) by rule 3',
    'Its window opens 23:00 Berlin (17:00 America/New_York) by rule 3',
  ],
  [
    'It waits for the end of the freeze "fair" (trade fair) 2026-11-28T20:00Z, and then for its window 22:00–02:00 UTC of 2026-11-28',
    'It waits for the end of the freeze "fair" (trade fair) 21:00 Berlin, and then for its window 23:00 Berlin to Sun 29 Nov 03:00 Berlin',
  ],
  ['window 01:00–02:00 UTC of 2026-11-28', 'window 02:00 Berlin to 03:00 Berlin'],
  [
    'no times: 2026-13-41T22:00Z, 22:00–25:00 UTC of 2026-11-28',
    'no times: 2026-13-41T22:00Z, 22:00–25:00 UTC of 2026-11-28',
  ],
  ['version 2026-11-28 of c-2026', 'version 2026-11-28 of c-2026'],
])('"%s" is told in the zone of whoever looks', (message, words) => {
  expect(pageWords(message, NOW, 'Europe/Berlin')).toBe(words);
});

it('a sentence is in pieces where it names an orchestration', () => {
  const id = '07089b96-8e31-49a4-96d0-f8288253c804';
  const named = { text: 'orchestration 07089b96', orchestrationID: id };
  expect(piecesOf(`It waits: orchestration ${id} has it, and 2 others are before it`)).toEqual([
    { text: 'It waits: ' },
    named,
    { text: ' has it, and 2 others are before it' },
  ]);
  expect(piecesOf(`operation o-1 of orchestration ${id}`)).toEqual([{ text: 'operation o-1 of ' }, named]);
  expect(piecesOf(`orchestration ${id}, orchestration ${id}`)).toEqual([named, { text: ', ' }, named]);
  for (const text of ['It waits', `operation ${id}`, `orchestration ${id}0`, 'orchestration 07089b96'])
    expect(piecesOf(text)).toEqual([{ text }]);
});
