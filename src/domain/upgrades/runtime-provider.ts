/** Names that Kyma's Environment Broker has for what Gardener calls providers. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['azure', 'Azure'],
  ['aws', 'AWS'],
  ['gcp', 'GCP'],
  ['openstack', 'SapConvergedCloud'],
  ['alicloud', 'Alicloud'],
]);

/** A provider that the broker does not know keeps its name. */
export function brokersProvider(provider: string): string {
  return NAMES.get(provider) ?? provider;
}
