import { expect, it } from 'vitest';
import { STACK_TEMPLATES } from '../../../../src/domain/stacks/templates.ts';
import { accepted } from './definitions.ts';

it('A67: every template is accepted as it is, and so is what becomes of it', () => {
  expect(STACK_TEMPLATES).toHaveLength(3);
  for (const template of STACK_TEMPLATES) {
    const parsed = accepted(JSON.parse(JSON.stringify(template)));
    expect(parsed).toEqual(template);
    expect(accepted(parsed)).toEqual(parsed);
    expect(parsed.name).toMatch(/^\/drydock\/templates\//);
  }
});
