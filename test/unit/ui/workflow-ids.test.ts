import { expect, it } from 'vitest';
import { workflowIDOf } from '../../../src/ui/words/workflow-ids.ts';
import { stackWorkflowID } from '../../../src/workflows/contract/stacks.ts';
import { operationWorkflowID } from '../../../src/workflows/contract/upgrades.ts';

it('the page links to the workflows that the service starts', () => {
  expect(workflowIDOf.runtime('5791e81d')).toBe(operationWorkflowID('5791e81d'));
  expect(workflowIDOf.stack('/acme/jack/shop')).toBe(stackWorkflowID('/acme/jack/shop'));
});
