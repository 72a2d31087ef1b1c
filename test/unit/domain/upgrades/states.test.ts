import { describe, expect, it } from 'vitest';
import {
  isFinalOperationState,
  isFinalOrchestrationState,
  mayEnterOperationState,
  mayEnterOrchestrationState,
  OPERATION_STATES,
  ORCHESTRATION_STATES,
} from '../../../../src/domain/upgrades/states.ts';

/** Every pair that is legal; all others are not. */
const ORCHESTRATION_TRANSITIONS = new Set([
  'pending > in progress',
  'pending > canceling',
  'pending > canceled',
  'pending > failed',
  'in progress > canceling',
  'in progress > canceled',
  'in progress > succeeded',
  'in progress > failed',
  'canceling > canceled',
  'canceling > failed',
  'failed > retrying',
  'retrying > in progress',
  'retrying > canceling',
  'retrying > canceled',
  'retrying > failed',
]);

const OPERATION_TRANSITIONS = new Set([
  'in progress > pending',
  'in progress > retrying',
  'in progress > canceled',
  'pending > in progress',
  'pending > canceled',
  'pending > failed',
  'in progress > succeeded',
  'in progress > failed',
  'failed > retrying',
  'retrying > in progress',
  'retrying > canceled',
  'retrying > failed',
]);

describe('A41, A44: an orchestration', () => {
  const pairs = ORCHESTRATION_STATES.flatMap((from) => ORCHESTRATION_STATES.map((to) => [from, to] as const));
  it.each(pairs)('from %s to %s', (from, to) => {
    expect(mayEnterOrchestrationState(from, to)).toBe(ORCHESTRATION_TRANSITIONS.has(`${from} > ${to}`));
  });

  it('ends canceled, succeeded or failed', () => {
    expect(ORCHESTRATION_STATES.filter(isFinalOrchestrationState)).toEqual([
      'canceled',
      'succeeded',
      'failed',
    ]);
  });

  it('A47: has lower-case states on the wire', () => {
    for (const state of [...ORCHESTRATION_STATES, ...OPERATION_STATES])
      expect(state).toBe(state.toLowerCase());
  });
});

describe('an operation', () => {
  const pairs = OPERATION_STATES.flatMap((from) => OPERATION_STATES.map((to) => [from, to] as const));
  it.each(pairs)('from %s to %s', (from, to) => {
    expect(mayEnterOperationState(from, to)).toBe(OPERATION_TRANSITIONS.has(`${from} > ${to}`));
  });

  it('ends canceled, succeeded or failed', () => {
    expect(OPERATION_STATES.filter(isFinalOperationState)).toEqual(['canceled', 'succeeded', 'failed']);
  });
});
