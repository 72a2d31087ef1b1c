/** Every document that is sent to the Provisioner, by its operation's name; tests validate them against its schema. */

const OPERATION_FIELDS = 'id operation state message runtimeID lastError { errMessage reason component }';

export const PROVISIONER_DOCUMENTS = {
  upgradeRuntime: `mutation upgradeRuntime($id: String!, $config: UpgradeRuntimeInput!) {
    result: upgradeRuntime(id: $id, config: $config) { ${OPERATION_FIELDS} }
  }`,
  upgradeShoot: `mutation upgradeShoot($id: String!, $config: UpgradeShootInput!) {
    result: upgradeShoot(id: $id, config: $config) { ${OPERATION_FIELDS} }
  }`,
  runtimeOperationStatus: `query runtimeOperationStatus($id: String!) {
    result: runtimeOperationStatus(id: $id) { ${OPERATION_FIELDS} }
  }`,
  runtimeStatus: `query runtimeStatus($id: String!) {
    result: runtimeStatus(id: $id) { lastOperationStatus { ${OPERATION_FIELDS} } }
  }`,
  kymaVersion: `query kymaVersion($id: String!) {
    result: runtimeStatus(id: $id) { lastOperationStatus { operation state } runtimeConfiguration { kymaConfig { version } } }
  }`,
  // Asks for nothing but an answer: every GraphQL server has this field.
  look: `query look {
    result: __typename
  }`,
} as const;

export type ProvisionerDocument = keyof typeof PROVISIONER_DOCUMENTS;
