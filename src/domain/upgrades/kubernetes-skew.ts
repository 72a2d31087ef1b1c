/** Kubernetes is upgraded by one minor version at a time: Gardener refuses anything else. */
import semver from 'semver';

/** True when the way to the version leads over another minor version. False where a version can't be read: Gardener judges it then. */
export function isTooFarBehind(version: string, wanted: string | undefined): boolean {
  const [from, to] = [version, wanted].map((text) => semver.coerce(text));
  if (!from || !to) return false;
  return to.major > from.major || (to.major === from.major && to.minor > from.minor + 1);
}
