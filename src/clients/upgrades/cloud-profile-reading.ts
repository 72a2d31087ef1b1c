import { z } from 'zod';
import type { CloudProfile, OfferedVersion } from '../../domain/upgrades/cloud-profile.ts';

const versionSchema = z.object({
  version: z.string(),
  expirationDate: z.string().nullish(),
  classification: z.string().nullish(),
  lifecycle: z.array(z.object({ classification: z.string(), startTime: z.string().nullish() })).nullish(),
});
const specSchema = z.object({
  kubernetes: z.object({ versions: z.array(versionSchema).nullish() }).nullish(),
  machineImages: z
    .array(z.object({ name: z.string(), versions: z.array(versionSchema).nullish() }))
    .nullish(),
});

/**
 * The fields that planning reads of a CloudProfile, and of a NamespacedCloudProfile, whose status has it together with what it inherits
 * (core.gardener.cloud/v1beta1).
 */
export const cloudProfileSchema = z.object({
  spec: specSchema.nullish(),
  status: z.object({ cloudProfileSpec: specSchema.nullish() }).nullish(),
});

export function readCloudProfile({ spec, status }: z.infer<typeof cloudProfileSchema>): CloudProfile {
  const told = status?.cloudProfileSpec ?? spec;
  return {
    kubernetes: (told?.kubernetes?.versions ?? []).map(readVersion),
    machineImages: new Map(
      (told?.machineImages ?? []).map(({ name, versions }) => [name, (versions ?? []).map(readVersion)]),
    ),
  };
}

function readVersion(offered: z.infer<typeof versionSchema>): OfferedVersion {
  const { version, expirationDate, classification, lifecycle } = offered;
  return {
    version,
    ...(classification && { classification }),
    ...(expirationDate && { expiresAtMs: Date.parse(expirationDate) }),
    stages: (lifecycle ?? []).map((stage) => ({
      classification: stage.classification,
      ...(stage.startTime && { fromMs: Date.parse(stage.startTime) }),
    })),
  };
}
