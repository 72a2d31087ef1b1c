/**
 * By which a driver knows whose object something is. The installation belongs to it: what another installation has made,
 * or the original of a copied database, is never taken for our own.
 */
export interface OwnerKey {
  /** ID of the installation, a UUID. */
  installation: string;
  /** `/container/user/name` */
  stack: string;
  label: string;
  /** Name of the object, `/container/user/name`. */
  name: string;
}

/** The key as one text. Its parts are encoded: a label may have spaces. */
export function ownerKey({ installation, stack, label, name }: OwnerKey): string {
  return [installation, stack, label, name].map((part) => encodeURI(part)).join(' ');
}

/** The parts of a key; undefined for a text that is none. */
export function parseOwnerKey(text: string): OwnerKey | undefined {
  const parts = text.split(' ');
  const [installation, stack, label, name] = parts.map(decoded);
  if (parts.length !== 4 || !installation || !stack || label === undefined || !name) return undefined;
  return { installation, stack, label, name };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURI(part);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
