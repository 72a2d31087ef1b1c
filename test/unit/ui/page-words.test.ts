import { expect, it } from 'vitest';
import { pageWords } from '../../../src/ui/words/page-words.ts';

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
  [
    'It waits for its turn: orchestration 07089b96-8e31-49a4-96d0-f8288253c804 has it, and 2 others are before it',
    'It waits for its turn: orchestration 07089b96 has it, and 2 others are before it',
  ],
  ['It backs off; POST /orchestrations/{id}/retry does not wait', 'It backs off; Retry does not wait'],
])('"%s" is told by the page without an endpoint', (message, words) => {
  expect(pageWords(message)).toBe(words);
});
