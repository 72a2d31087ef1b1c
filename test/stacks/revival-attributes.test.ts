import { defineSearchAttributeKey } from '@temporalio/common';
import { expect, it } from 'vitest';
import { reviveStacks } from '../../src/activities/stacks/revival.ts';
import { stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import { StackRig } from '../support/stacks/rig.ts';
import { aDefinition, aStackIn } from '../support/stacks/rows.ts';

const STATUS = defineSearchAttributeKey('StackStatus', 'KEYWORD');

it('A78: a workflow that is started again shows the status of its stack before a worker has taken it up', async () => {
  const rig = await StackRig.start();
  await rig.rig.stopWorkers();
  const { client: temporal, repositories } = rig.rig;
  const row = await aStackIn(repositories, 'stopping', aDefinition('/revived/sue/stack'));
  const deps = { temporal, repositories, tuning: {} };
  expect(await reviveStacks(deps, () => undefined)).toContain(`workflow of stack ${row.name} started again`);
  const described = await temporal.workflow.getHandle(stackWorkflowID(row.name)).describe();
  expect(described.typedSearchAttributes.get(STATUS)).toBe('stopping');
  expect(await described.staticSummary()).toBe(`stack ${row.name}`);
  // Once is enough.
  expect(await reviveStacks(deps, () => undefined)).toEqual([]);
});
