import semver from 'semver';

/** A version is part of a label's name (`overrides-version-<version>`), which Kubernetes limits to 63 characters. */
const LONGEST_VERSION = 45;
const IN_A_LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const PULL_REQUEST = /^PR-[1-9]\d*$/;
const BRANCH_AND_COMMIT = /^[A-Za-z0-9][A-Za-z0-9._-]*-[0-9a-f]{7,40}$/;
const KUBERNETES_VERSION = /^(?:0|[1-9]\d{0,3})\.(?:0|[1-9]\d{0,3})(?:\.(?:0|[1-9]\d{0,3}))?$/;

/** True for a Kyma version: a semantic version (no build metadata), `PR-<number>` or `<branch>-<commit>`. */
export function isKymaVersion(text: string): boolean {
  if (text.length > LONGEST_VERSION || !IN_A_LABEL.test(text)) return false;
  if (PULL_REQUEST.test(text) || BRANCH_AND_COMMIT.test(text)) return true;
  return /^\d/.test(text) && semver.valid(text) !== null;
}

/** True for a Kubernetes version as Gardener takes it: `1.27` or `1.27.4`. */
export function isKubernetesVersion(text: string): boolean {
  return KUBERNETES_VERSION.test(text);
}

/** True for a Kyma version that is the one that is asked for, or a later release; what is no release is there only when it is the same. */
export function isKymaAtLeast(version: string, asked: string): boolean {
  if (version === asked) return true;
  const [have, want] = [version, asked].map((text) => semver.parse(text));
  return Boolean(have && want && semver.gte(have, want));
}
