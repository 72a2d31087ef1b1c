import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadComponents } from '../../../src/clients/upgrades/components.ts';
import { FinalError } from '../../../src/domain/errors.ts';
import { atEndOfFile } from '../../support/endings.ts';

const SHIPPED = fileURLToPath(new URL('../../../config/components', import.meta.url));

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-components-'));
  atEndOfFile(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('component lists', () => {
  it.each(['2.20.5', '2.20.4', 'PR-1'])('ship for version %s', (version) => {
    const components = loadComponents(SHIPPED)(version);
    expect(components).toContainEqual({ component: 'istio', namespace: 'istio-system' });
    expect(components).toContainEqual({ component: 'api-gateway', namespace: 'kyma-system' });
  });

  it('of a version come before the default one', () => {
    const componentsFor = loadComponents(
      folderWith({
        '2.0.0.yaml': 'components: [{name: own}]',
        'default.yaml': 'defaultNamespace: apps\ncomponents: [{name: common}]',
        'README.md': 'no list',
      }),
    );
    expect(componentsFor('2.0.0')).toEqual([{ component: 'own', namespace: 'kyma-system' }]);
    expect(componentsFor('2.0.1')).toEqual([{ component: 'common', namespace: 'apps' }]);
  });

  it('that are missing fail the operation and say which file to add', () => {
    const componentsFor = loadComponents(folderWith({ '2.0.0.yaml': 'components: [{name: own}]' }));
    expect(() => componentsFor('../2.0.0')).toThrow(FinalError);
    expect(() => componentsFor('2.0.1')).toThrow(expect.objectContaining({ code: 'COMPONENTS_MISSING' }));
    expect(() => componentsFor('2.0.1')).toThrow(/add 2\.0\.1\.yaml/);
  });

  it.each(['components: []', 'components: [{nam: x}]', ': {', ''])(
    'that are unreadable are named: %j',
    (text) => {
      expect(() => loadComponents(folderWith({ '2.0.0.yaml': text }))).toThrow(
        /2\.0\.0\.yaml cannot be read/,
      );
    },
  );
});
