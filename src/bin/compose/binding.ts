/**
 * Ties a database and a namespace of Temporal together, so that neither is ever worked on with another one's counterpart.
 */
import type { Client } from '@temporalio/client';
import { knowsNamespace, markNamespace, namespaceID, readMarker } from '../../clients/installation-marker.ts';
import type { Installation, InstallationRepository } from '../../db/repositories/installation-row.ts';

const MORE = 'docs/operations.md, "Moving and copying", says what to do.';

/**
 * Makes sure that the database and the namespace belong to each other, binding both where they belong to nobody yet; answers
 * the installation's ID. Throws one clear sentence otherwise: everything that the database holds would look lost from there.
 */
export async function bindInstallation(
  installations: InstallationRepository,
  client: Client,
): Promise<string> {
  const namespace = await namespaceID(client);
  const known = await installations.read();
  demandNamespace(known, namespace, client);
  // The marker first: a database must not be bound to a namespace that turns out to be somebody else's.
  demandMarker(known.id, await markNamespace(client, known.id), client);
  demandNamespace(await installations.bind(namespace), namespace, client);
  return known.id;
}

/** Binds the database to the client's namespace, which must be nobody's or its own; the service must not run meanwhile. */
export async function moveInstallation(
  installations: InstallationRepository,
  client: Client,
): Promise<string> {
  const { id } = await installations.read();
  demandMarker(id, await markNamespace(client, id), client);
  await installations.move(await namespaceID(client));
  return id;
}

/**
 * Binds the database to the client's namespace when its own one is lost: for an engine that can be no other installation's.
 * An engine that still knows that namespace has lost nothing, and another one was named by mistake: then nothing changes.
 */
export async function adoptEngine(installations: InstallationRepository, client: Client): Promise<void> {
  const known = await installations.read();
  if (known.namespaceID === null || (await knowsNamespace(client, known.namespaceID))) return;
  await moveInstallation(installations, client);
}

/** Makes a copied database an installation of its own, in the client's namespace, which must be nobody's. */
export async function copyInstallation(
  installations: InstallationRepository,
  client: Client,
): Promise<string> {
  const marker = await readMarker(client);
  if (marker !== undefined) {
    throw new Error(
      `The Temporal namespace ${nameOf(client)} belongs to the installation ${marker} already: a copy needs one of its own.`,
    );
  }
  const { id } = await installations.copy(await namespaceID(client));
  demandMarker(id, await markNamespace(client, id), client);
  return id;
}

function demandNamespace(known: Installation, namespace: string, client: Client): void {
  if (known.namespaceID === null || known.namespaceID === namespace) return;
  throw new Error(
    `The database of the installation ${known.id} works with another Temporal namespace (${known.namespaceID}) than ` +
      `${nameOf(client)} (${namespace}): correct TEMPORAL_NAMESPACE, TEMPORAL_ADDRESS or DATABASE_URL; ${MORE}`,
  );
}

function demandMarker(id: string, marker: string, client: Client): void {
  if (marker === id) return;
  throw new Error(
    `The Temporal namespace ${nameOf(client)} belongs to the installation ${marker}, and the database to ${id}: ` +
      `correct TEMPORAL_NAMESPACE, TEMPORAL_ADDRESS or DATABASE_URL; ${MORE}`,
  );
}

function nameOf(client: Client): string {
  return client.options.namespace;
}
