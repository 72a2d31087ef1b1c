/** The events of an orchestration, in words. */
import { DRYDOCK } from '../actors.ts';
import { isExceededReason } from '../upgrades/failure-budget.ts';
import { isFinalOrchestrationState, ORCHESTRATION_STATES } from '../upgrades/states.ts';
import { NOBODY_ANSWERED } from '../upgrades/wave-phases.ts';
import type { NightEvent } from './facts.ts';
import { inWords, said } from './markdown-parts.ts';

/** A sentence without its time and its full stop. `waves` are the names of waves by their numbers. */
export function wordsOf(event: NightEvent, waves: readonly string[]): string {
  switch (event.kind) {
    case 'created':
      return `created${byWhom(event)}`;
    case 'planned':
      return `planned${after(event.reason)}${begins(waves, 0)}`;
    case 'plan-changed':
      return `the plan has changed${after(event.reason)}`;
    case 'state':
      return stateWords(event);
    case 'paused':
      return pauseWords(event);
    case 'resumed':
      return `resumed${byWhom(event)}${inWords(event.reason)}`;
    case 'approved':
    case 'rejected':
      return answerWords(event, waves);
    case 'wave':
      return waveWords(event, waves);
    case 'workers':
      return `workers set${byWhom(event)}${after(event.reason)}`;
    case 'front':
      return `moved to the front of its lane${byWhom(event)}${inWords(event.reason)}`;
    case 'skipped':
      return `skipped${byWhom(event)}${after(event.reason)}`;
    default:
      return `${said(event.kind)}${byWhom(event)}${after(event.reason)}`;
  }
}

/** Nothing for what Drydock has done itself. */
export function byWhom({ actor }: Pick<NightEvent, 'actor'>): string {
  return actor === DRYDOCK ? '' : ` by ${said(actor)}`;
}

function after(reason: string): string {
  return said(reason) === '' ? '' : `: ${said(reason)}`;
}

function stateWords(event: NightEvent): string {
  const { toState, actor, reason } = event;
  const state = ORCHESTRATION_STATES.find((each) => each === toState);
  if (state === 'in progress') return `began${after(reason)}`;
  if (state === 'retrying') return `retried${byWhom(event)}${after(reason)}`;
  if (state === 'canceling') {
    const isBudget = actor === DRYDOCK && isExceededReason(reason);
    return isBudget
      ? `budget exceeded, so it is stopped: ${said(reason)}`
      : `stopped${byWhom(event)}${after(reason)}`;
  }
  if (state !== undefined && isFinalOrchestrationState(state)) return `ended, ${state}${after(reason)}`;
  return `${said(toState ?? event.kind)}${byWhom(event)}${after(reason)}`;
}

function pauseWords(event: NightEvent): string {
  const { actor, reason } = event;
  if (actor !== DRYDOCK) return `paused${byWhom(event)}${inWords(reason)}`;
  if (isExceededReason(reason)) return `budget exceeded, so it is paused: ${said(reason)}`;
  if (reason.endsWith(NOBODY_ANSWERED)) return `approval expired, so it is paused${after(reason)}`;
  return `paused by itself${after(reason)}`;
}

/** The log has the number of the question before the words of who has answered it. */
const ANSWER = /^question (?<number>\d+)(?:: (?<words>.*))?$/su;

function answerWords(event: NightEvent, waves: readonly string[]): string {
  const { number, words } = ANSWER.exec(event.reason)?.groups ?? {};
  const question = number === undefined ? '' : `question ${number}, `;
  return `${question}wave ${nameOf(waves, event.wave)}: ${event.kind}${byWhom(event)}${inWords(words ?? (number === undefined ? event.reason : ''))}`;
}

function waveWords({ wave, fromState, toState, reason }: NightEvent, waves: readonly string[]): string {
  const name = nameOf(waves, wave);
  if (toState === 'asking') return `approval asked after wave ${name}`;
  if (toState === 'passed') return `wave ${name} ended${begins(waves, (wave ?? -1) + 1)}`;
  if (fromState === 'asking') return `the question after wave ${name} was withdrawn${after(reason)}`;
  return `wave ${name} ${said(toState ?? 'moved')}${after(reason)}`;
}

function begins(waves: readonly string[], number: number): string {
  const name = waves[number];
  return name === undefined ? '' : `; wave ${said(name)} begins`;
}

function nameOf(waves: readonly string[], number: number | null): string {
  return said((number === null ? undefined : waves[number]) ?? `${number ?? '?'}`);
}
