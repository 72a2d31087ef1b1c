import { describe, expect, it } from 'vitest';
import { MARK } from '../../../../../src/domain/upgrades/gardener-shoot.ts';
import { OPERATION_ID, PlayedShoot } from './played-shoot.ts';

/** Each is a sequence of what happens to a Shoot, in which an upgrade decides and looks. */
const STORIES: Record<string, () => PlayedShoot> = {
  'goes from the patch to two healthy minutes': () => {
    const played = new PlayedShoot();
    played.decide('the Shoot is free');
    played.decide('another execution looks');
    played.look('Gardener has not begun');
    played.works('Processing', { progress: 47 });
    played.look('Gardener works');
    played.works('Succeeded', { progress: 100 });
    played.look('it has just succeeded');
    played.look('two minutes later, by whoever looks', 120);
    return played;
  },
  'counts no change of the generation by others': () => {
    const played = new PlayedShoot();
    played.change({ generation: 5 });
    played.decide('somebody else has changed it');
    played.works('Succeeded');
    played.decide('Gardener is through with that');
    played.change({ generation: 7 });
    played.look('somebody has changed something else');
    played.works('Succeeded', {}, { observedGeneration: 6 });
    played.look('Gardener is through with ours alone');
    played.works('Succeeded');
    played.look('Gardener is through with both', 130);
    return played;
  },
  'tells Gardener to reconcile where changes are confined': () => {
    const played = new PlayedShoot({ isConfined: true });
    played.decide('changes wait for the window');
    played.look('nothing has begun', 3600);
    played.change({ observedGeneration: 5 });
    played.look('the generation is noted, and the last operation is that of before');
    played.works('Succeeded', { progress: 100 });
    played.look('Gardener is through', 130);
    return played;
  },
  'proves nothing by the specification of a confined Shoot': () => {
    const played = new PlayedShoot({ isConfined: true, kubernetesVersion: '1.33.5' });
    played.decide('the specification says so already');
    return played;
  },
  'decides anew after a conflict': () => {
    const played = new PlayedShoot();
    played.decide('somebody is faster', () => played.change({ kubernetesVersion: '1.33.5', generation: 5 }));
    played.decide('it is read again');
    played.works('Succeeded');
    played.decide('Gardener is through with that');
    return played;
  },
  'follows errors until Gardener has recovered': () => {
    const played = new PlayedShoot();
    played.decide('the Shoot is free');
    played.works('Error', { progress: 62 }, { lastErrors: ['no capacity in eu-central-1a', 'and no quota'] });
    played.look('Gardener meets errors');
    played.look('hours later', 20_000);
    played.works('Processing', { progress: 62 }, { lastErrors: [] });
    played.look('Gardener tries again');
    played.works('Succeeded', { progress: 100 });
    played.look('it has recovered', 130);
    return played;
  },
  'tries again by a retry after a failure of ours': () => {
    const played = new PlayedShoot();
    played.decide('the Shoot is free');
    played.works('Failed', { progress: 62 }, { lastErrors: ['the quota is used up'] });
    played.look('Gardener gives up');
    played.decide('another execution of the same attempt');
    played.attempt = 2;
    played.decide('a second attempt');
    played.look('the failure of before does not count');
    played.works('Processing', {}, { lastErrors: [] });
    played.look('Gardener tries again');
    played.works('Succeeded');
    played.look('it has succeeded', 130);
    return played;
  },
  'touches nothing that has failed for others': () => {
    const played = new PlayedShoot();
    played.works('Failed', {}, { lastErrors: ['somebody has deleted the network'] });
    played.decide('it has failed before');
    return played;
  },
  'follows what an earlier attempt has begun': () => {
    const played = new PlayedShoot();
    played.decide('the Shoot is free');
    played.works('Processing', { progress: 20 });
    played.attempt = 2;
    played.decide('the first attempt took too long');
    played.works('Succeeded');
    played.look('it succeeds all the same', 130);
    return played;
  },
  'waits for conditions that come late': () => {
    const played = new PlayedShoot();
    played.decide('the Shoot is free');
    played.works('Succeeded');
    played.look('the conditions are those of before', 60);
    played.condition('EveryNodeReady', { status: 'Progressing', message: 'node 3 is not ready' });
    played.look('one is progressing', 50);
    played.condition('EveryNodeReady', { status: 'False', message: 'node 3 is not ready' });
    played.look('it is false', 600);
    played.condition('EveryNodeReady', { status: 'True', message: '' });
    played.look('it is true again', 119);
    played.look('for two minutes', 1);
    return played;
  },
  'does not wait for the health of observability': () => {
    const played = new PlayedShoot();
    played.decide('the Shoot is free');
    played.change({
      conditions: [
        ...(played.current?.conditions ?? []),
        { type: 'ObservabilityComponentsHealthy', status: 'False', message: 'no metrics' },
      ],
    });
    played.works('Succeeded');
    played.look('all others are healthy', 120);
    return played;
  },
  'loses the Shoot to another upgrade': () => {
    const played = new PlayedShoot();
    played.decide('the Shoot is free');
    played.change({ annotations: { [MARK]: `${OPERATION_ID}/2` } });
    played.look('another attempt has come after it');
    played.change({ annotations: {} });
    played.works('Succeeded');
    played.look('somebody has taken the mark away', 130);
    return played;
  },
  'says when somebody has changed it back': () => {
    const played = new PlayedShoot(
      {},
      { kubernetesVersion: '1.33.5', machineImage: 'gardenlinux', machineImageVersion: '1592.1.0' },
    );
    const before = played.current?.workers ?? [];
    played.decide('a version, and one of the images of pools that have that image');
    played.look('Gardener has not begun');
    played.change({ workers: before });
    played.look('somebody applies an old manifest');
    played.decide('another execution patches nothing again');
    played.attempt = 2;
    played.decide('a try that follows by itself');
    played.look('it is not sent against a person');
    played.works('Succeeded');
    played.attempt = 3;
    played.firstAttempt = 3;
    played.decide('a person asks for a retry');
    return played;
  },
  'sends nothing against who has changed it back after a failure': () => {
    const played = new PlayedShoot();
    played.decide('the Shoot is free');
    played.works('Failed', { progress: 62 }, { lastErrors: ['the quota is used up'] });
    played.look('Gardener gives up');
    played.change({ kubernetesVersion: '1.32.6', generation: 6 });
    played.attempt = 2;
    played.decide('a try that follows by itself');
    played.look('somebody has changed it back');
    played.works('Succeeded');
    played.decide('Gardener is through with that');
    return played;
  },
  'takes a newer version for what was wanted': () => {
    const played = new PlayedShoot({ kubernetesVersion: '1.33.5' }, { kubernetesVersion: '1.33.4' });
    played.decide('it is newer');
    const equal = new PlayedShoot({ kubernetesVersion: '1.33.5' });
    equal.decide('it is there');
    const later = new PlayedShoot();
    later.decide('the Shoot is free');
    later.change({ kubernetesVersion: '1.33.6' });
    later.works('Succeeded');
    later.look('Gardener has put a newer one on top', 130);
    played.lines.push(...equal.lines, ...later.lines);
    return played;
  },
  'meets a Shoot that is deleted or hibernated': () => {
    const played = new PlayedShoot();
    played.decide('the Shoot is free');
    played.change({ isHibernated: true });
    played.works('Succeeded');
    played.look('it was hibernated', 130);
    played.change({ isBeingDeleted: true });
    played.look('it is being deleted');
    played.decide('a later execution');
    played.delete();
    played.look('it is gone');
    const asleep = new PlayedShoot({ isHibernated: true });
    asleep.decide('it sleeps');
    const other = new PlayedShoot({ runtimeID: 'another' });
    other.decide('it was created anew');
    const meanwhile = new PlayedShoot();
    meanwhile.decide('the Shoot is free');
    meanwhile.change({ runtimeID: 'another', annotations: {}, kubernetesVersion: '1.33.5' });
    meanwhile.look('it was created anew, at that version', 130);
    played.lines.push(...asleep.lines, ...other.lines, ...meanwhile.lines);
    return played;
  },
  'waits for others, and leaves alone what is too far behind': () => {
    const played = new PlayedShoot();
    played.works('Processing', { type: 'Restore' });
    played.decide('Gardener works for others');
    played.works('Error');
    played.decide('it has errors');
    played.works(
      'Succeeded',
      {},
      { annotations: { 'gardener.cloud/operation': 'rotate-credentials-start' } },
    );
    played.decide('somebody has asked for something');
    played.change({ annotations: {}, kubernetesVersion: '1.31.9' });
    played.decide('it is two minor versions behind');
    return played;
  },
};

describe('an upgrade by Gardener', () => {
  it.each(Object.entries(STORIES))('%s', async (name, tell) => {
    const file = `transcripts/${name.replaceAll(/\W+/g, '-')}.txt`;
    await expect(`${tell().lines.join('\n')}\n`).toMatchFileSnapshot(file);
  });
});
