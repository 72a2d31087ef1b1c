import { createHash } from 'node:crypto';
import { planText, rulesText, type PolicyRules } from '../../domain/upgrades/plan-text.ts';

/** SHA-256, hex, of what `planText` covers. */
export function planHash(...plan: Parameters<typeof planText>): string {
  return sha256(planText(...plan));
}

/** SHA-256, hex, of the rules of a maintenance policy. */
export function rulesHash(rules: PolicyRules): string {
  return sha256(rulesText(rules));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
