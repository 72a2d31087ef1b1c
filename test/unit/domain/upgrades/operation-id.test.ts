import { validate, version } from 'uuid';
import { expect, it } from 'vitest';
import { operationID } from '../../../../src/domain/upgrades/operation-id.ts';

const ORCHESTRATION = '07089b96-8e31-49a4-96d0-f8288253c804';

it('planning twice names an operation the same, and no two operations alike', () => {
  const id = operationID(ORCHESTRATION, 'runtime-1');
  expect(operationID(ORCHESTRATION, 'runtime-1')).toBe(id);
  expect(validate(id) && version(id)).toBe(5);
  expect(operationID(ORCHESTRATION, 'runtime-2')).not.toBe(id);
  expect(operationID('17089b96-8e31-49a4-96d0-f8288253c804', 'runtime-1')).not.toBe(id);
});

it('the ID of an operation never changes from one version of the service to the next', () => {
  expect(operationID(ORCHESTRATION, '5791e81d-8959-4b78-82e4-7e4edea45683')).toMatchInlineSnapshot(
    `"ffa13117-d5ea-57b7-bea1-3c2c95664ce5"`,
  );
});
