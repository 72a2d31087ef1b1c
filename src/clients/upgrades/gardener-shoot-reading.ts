import { z } from 'zod';
import {
  GARDENER_OPERATION,
  MARK,
  MARKED_AFTER,
  type GardenerShoot,
  type ShootWorker,
} from '../../domain/upgrades/gardener-shoot.ts';
import { outsideText } from '../outside-text.ts';
import { quoted } from '../redaction.ts';
import { RUNTIME_ID_ANNOTATION } from './shoot.ts';

const imageSchema = z.object({ name: outsideText, version: outsideText.nullish() });
/** Everything is kept of it: a change sends the pools whole. */
const workerSchema = z.looseObject({
  name: z.string(),
  machine: z.looseObject({ image: imageSchema.loose().nullish() }).nullish(),
});

/** The fields that an upgrade reads of a Shoot, core.gardener.cloud/v1beta1. */
export const gardenerShootSchema = z.object({
  metadata: z.object({
    name: outsideText,
    resourceVersion: z.string(),
    generation: z.number().nullish(),
    annotations: z.record(z.string(), outsideText).nullish(),
    deletionTimestamp: z.string().nullish(),
  }),
  spec: z.object({
    kubernetes: z.object({ version: outsideText.nullish() }).nullish(),
    hibernation: z.object({ enabled: z.boolean().nullish() }).nullish(),
    maintenance: z.object({ confineSpecUpdateRollout: z.boolean().nullish() }).nullish(),
    provider: z.object({ workers: z.array(workerSchema).nullish() }).nullish(),
  }),
  status: z
    .object({
      observedGeneration: z.number().nullish(),
      hibernated: z.boolean().nullish(),
      lastOperation: z
        .object({
          type: outsideText.nullish(),
          state: outsideText.nullish(),
          progress: z.number().nullish(),
          description: outsideText.nullish(),
          lastUpdateTime: z.string().nullish(),
        })
        .nullish(),
      lastErrors: z.array(z.object({ description: outsideText.nullish() })).nullish(),
      conditions: z
        .array(
          z.object({
            type: outsideText,
            status: outsideText,
            lastTransitionTime: z.string().nullish(),
            message: outsideText.nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});
type RawShoot = z.infer<typeof gardenerShootSchema>;

/** `secrets` are taken out of everything that Gardener says. */
export function readGardenerShoot(
  { metadata, spec, status }: RawShoot,
  secrets: readonly string[],
): GardenerShoot {
  const said = (text: string | null | undefined): string => quoted(text ?? '', secrets);
  // Their owners may have written anything into them; the others, such as the manifest that was applied last, are large.
  const annotations = Object.fromEntries(
    [MARK, MARKED_AFTER, GARDENER_OPERATION].flatMap((name) => {
      const value = metadata.annotations?.[name];
      return value === undefined ? [] : [[name, said(value)]];
    }),
  );
  const last = status?.lastOperation;
  return {
    name: metadata.name,
    runtimeID: metadata.annotations?.[RUNTIME_ID_ANNOTATION] ?? '',
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    annotations,
    isBeingDeleted: Boolean(metadata.deletionTimestamp),
    isHibernated: Boolean(spec.hibernation?.enabled || status?.hibernated),
    isConfined: spec.maintenance?.confineSpecUpdateRollout ?? false,
    kubernetesVersion: spec.kubernetes?.version ?? '',
    workers: (spec.provider?.workers ?? []).map(readWorker),
    ...(last && {
      lastOperation: {
        type: said(last.type),
        state: said(last.state),
        progress: last.progress ?? 0,
        description: said(last.description),
        ...msOf(last.lastUpdateTime, (updatedAtMs) => ({ updatedAtMs })),
      },
    }),
    lastErrors: (status?.lastErrors ?? [])
      .map(({ description }) => said(description))
      .filter((text) => text !== ''),
    conditions: (status?.conditions ?? []).map((condition) => ({
      type: said(condition.type),
      status: said(condition.status),
      message: said(condition.message),
      ...msOf(condition.lastTransitionTime, (changedAtMs) => ({ changedAtMs })),
    })),
  };
}

function readWorker(worker: z.infer<typeof workerSchema>): ShootWorker {
  const image = worker.machine?.image;
  return {
    name: worker.name,
    ...(image && { image: { name: image.name, version: image.version ?? '' } }),
    manifest: worker,
  };
}

/** Nothing for a time that can't be read. */
function msOf<T extends object>(time: string | null | undefined, field: (ms: number) => T): T | object {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? {} : field(ms);
}
