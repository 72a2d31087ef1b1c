/** Which container image stands for the image of an instance. */
import type { WantedObject } from '../driver.ts';
import { lastPart, refused, textOf } from './fields.ts';

/** The parts of a container that follow from its image. */
export interface InstanceImage {
  image: string;
  command?: string[];
}

/** A reference to a container image, as far as it can be told from anything else. */
const IMAGE = /^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** Images of Oracle Linux, like `/oracle/public/oel_7` and `/oracle/public/OL_7.2_UEKR4_x86_64`. */
const ORACLE_LINUX = /^oe?l_?(\d{1,2})(?!\d)/;
const ORACLE_LINUX_VERSIONS: ReadonlySet<string> = new Set(['6', '7', '8', '9']);

/** An operating system runs until it is shut down; its container would end at once, for nobody sits at its shell. */
const IDLE = ['/bin/sh', '-c', "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"];

/**
 * The image of an instance: its `imagelist` where that is a reference to a container image, and Oracle Linux for Oracle's
 * own names of it. Throws FinalError OBJECT_REFUSED.
 */
export function imageOf(object: WantedObject): InstanceImage {
  const given = textOf(object.spec, 'imagelist');
  const advice = 'set its imagelist to a container image like "nginx:1.29"';
  if (given === undefined) throw refused(object, `needs an image: ${advice}`);
  if (!given.startsWith('/')) {
    if (IMAGE.test(given)) return { image: given };
    throw refused(object, `has the imagelist ${given}, which is no container image: ${advice}`);
  }
  const [, version = ''] =
    (given.startsWith('/oracle/public/') && ORACLE_LINUX.exec(lastPart(given).toLowerCase())) || [];
  if (ORACLE_LINUX_VERSIONS.has(version)) {
    return { image: `docker.io/library/oraclelinux:${version}`, command: IDLE };
  }
  const known = [...ORACLE_LINUX_VERSIONS].map((one) => `/oracle/public/oel_${one}`).join(', ');
  throw refused(
    object,
    `has the imagelist ${given}, which no container image stands for: ${advice}, or take one of ${known}`,
  );
}
