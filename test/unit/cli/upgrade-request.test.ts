import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/cli/exit-codes.ts';
import { parseSelector, toBody } from '../../../src/cli/commands/begin-upgrade.ts';

describe('--include', () => {
  it.each<[string, object]>([
    ['all', { target: 'all' }],
    ['target=all', { target: 'all' }],
    ['planName=azure', { planName: 'azure' }],
    ['planName=azure,region=^eu', { planName: 'azure', region: '^eu' }],
    ['region=^eu-(a|b){1,2}$,planName=gcp', { region: '^eu-(a|b){1,2}$', planName: 'gcp' }],
    ['globalAccount=a=b', { globalAccount: 'a=b' }],
  ])('%s', (text, selector) => {
    expect(parseSelector(text)).toEqual(selector);
  });

  it.each(['azure', '=x', ''])('"%s" selects nothing', (text) => {
    expect(() => parseSelector(text)).toThrow(CommandError);
  });
});

describe('the request', () => {
  it('is what the options say', () => {
    expect(toBody('kyma', {}, { include: ['all'] })).toEqual({ targets: { include: [{ target: 'all' }] } });
    const options = {
      ...{ include: ['planName=azure', 'planName=gcp'], exclude: ['shoot=c-1'], workers: 20, window: true },
      ...{ 'kyma-version': '2.20.6', lane: 'urgent', 'dry-run': true },
    };
    expect(toBody('kyma', {}, options)).toEqual({
      targets: { include: [{ planName: 'azure' }, { planName: 'gcp' }], exclude: [{ shoot: 'c-1' }] },
      strategy: { parallel: { workers: 20 }, schedule: 'maintenanceWindow', lane: 'urgent' },
      kyma: { version: '2.20.6' },
      dryRun: true,
    });
  });

  it('of a file is kept, but for what options say', () => {
    const file = {
      targets: { include: [{ target: 'all' }], exclude: [{ shoot: 'c-1' }] },
      strategy: { waves: [{ name: 'canary', count: 2 }], parallel: { workers: 5 } },
      kubernetes: { kubernetesVersion: '1.30.1', machineImage: 'gardenlinux' },
    };
    expect(toBody('cluster', file, {})).toEqual(file);
    expect(toBody('cluster', file, { workers: 9, window: false, 'kubernetes-version': '1.31.2' })).toEqual({
      targets: file.targets,
      strategy: { ...file.strategy, parallel: { workers: 9 }, schedule: 'immediate' },
      kubernetes: { kubernetesVersion: '1.31.2', machineImage: 'gardenlinux' },
    });
  });

  it('needs targets, and the version of its own kind', () => {
    expect(() => toBody('kyma', { strategy: {} }, {})).toThrow('Say which runtimes');
    const options = { include: ['all'], 'kubernetes-version': '1.31.2' };
    expect(() => toBody('kyma', {}, options)).toThrow('takes no --kubernetes-version');
    expect(() => toBody('cluster', {}, { include: ['all'], 'kyma-version': '2' })).toThrow(
      'takes no --kyma-version',
    );
  });
});
