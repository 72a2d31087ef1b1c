/** Small, valid starting points for definitions of one's own (A67); each can be sent as it is. */
import type { ObjectSpec, StackDefinition } from './definition.ts';

const FOLDER = '/drydock/templates';
const SINGLE = `${FOLDER}/single-instance`;
const TWO_TIER = `${FOLDER}/two-tier`;
const NESTED = `${FOLDER}/nested`;

/** Images that anybody can pull, and that run as they are: without a configuration, a password or arguments. */
const WEB_IMAGE = 'docker.io/library/nginx:1.29';
const DATABASE_IMAGE = 'docker.io/library/redis:7.4';
/** The port of that database. */
const DATABASE_APPLICATION = 'tcp-6379';
const NO_SCHEDULE: StackDefinition['schedule'] = { start_time: null, stop_time: null };

function volume(name: string, size: string): ObjectSpec {
  return { name, size, properties: ['/oracle/public/storage/default'] };
}

/** A rule that lets one kind of traffic in. */
function permit(name: string, from: string, to: string, application: string): ObjectSpec {
  return { name, src_list: from, dst_list: `seclist:${to}`, application, action: 'permit' };
}

const singleInstance: StackDefinition = {
  name: SINGLE,
  description: 'One instance with a volume that lives as long as the orchestration is started',
  account: '',
  schedule: NO_SCHEDULE,
  oplans: [
    {
      label: 'volumes',
      obj_type: 'storage/volume',
      ha_policy: 'none',
      objects: [volume(`${SINGLE}-data`, '10G')],
    },
    {
      label: 'instances',
      obj_type: 'launchplan',
      ha_policy: 'active',
      objects: [
        {
          instances: [
            {
              name: `${SINGLE}-server`,
              label: 'server',
              shape: 'oc3',
              imagelist: WEB_IMAGE,
              storage_attachments: [{ volume: `${SINGLE}-data`, index: 1 }],
            },
          ],
        },
      ],
    },
  ],
  relationships: [{ oplan: 'instances', to_oplan: 'volumes', type: 'depends' }],
};

const twoTier: StackDefinition = {
  name: TWO_TIER,
  description: 'Web servers that the internet reaches, and a database that only they reach',
  account: '',
  schedule: NO_SCHEDULE,
  oplans: [
    {
      label: 'network',
      obj_type: 'vnet',
      ha_policy: 'none',
      objects: [{ name: `${TWO_TIER}-net` }],
    },
    {
      label: 'lists',
      obj_type: 'seclist',
      ha_policy: 'none',
      objects: [
        { name: `${TWO_TIER}-web-list`, policy: 'deny', outbound_cidr_policy: 'permit' },
        { name: `${TWO_TIER}-db-list`, policy: 'deny', outbound_cidr_policy: 'permit' },
      ],
    },
    {
      label: 'rules',
      obj_type: 'secrule',
      ha_policy: 'none',
      objects: [
        permit(
          `${TWO_TIER}-web-rule`,
          'seciplist:/oracle/public/public-internet',
          `${TWO_TIER}-web-list`,
          '/oracle/public/http',
        ),
        permit(
          `${TWO_TIER}-db-rule`,
          `seclist:${TWO_TIER}-web-list`,
          `${TWO_TIER}-db-list`,
          DATABASE_APPLICATION,
        ),
      ],
    },
    {
      label: 'addresses',
      obj_type: 'ip/reservation',
      ha_policy: 'none',
      objects: [{ name: `${TWO_TIER}-address`, parentpool: '/oracle/public/ippool', permanent: true }],
    },
    {
      label: 'volumes',
      obj_type: 'storage/volume',
      ha_policy: 'none',
      objects: [volume(`${TWO_TIER}-web-data`, '10G'), volume(`${TWO_TIER}-db-data`, '50G')],
    },
    {
      label: 'db',
      obj_type: 'launchplan',
      ha_policy: 'active',
      objects: [
        {
          instances: [
            {
              name: `${TWO_TIER}-db`,
              label: 'db',
              shape: 'oc4',
              imagelist: DATABASE_IMAGE,
              networking: {
                eth0: { vnet: `${TWO_TIER}-net`, seclists: [`${TWO_TIER}-db-list`] },
              },
              storage_attachments: [{ volume: `${TWO_TIER}-db-data`, index: 1 }],
            },
          ],
        },
      ],
    },
    {
      label: 'web',
      obj_type: 'launchplan',
      ha_policy: 'active',
      objects: [
        {
          instances: [
            {
              name: `${TWO_TIER}-web`,
              label: 'web',
              shape: 'oc3',
              imagelist: WEB_IMAGE,
              networking: {
                eth0: { vnet: `${TWO_TIER}-net`, seclists: [`${TWO_TIER}-web-list`] },
              },
              storage_attachments: [{ volume: `${TWO_TIER}-web-data`, index: 1 }],
            },
          ],
        },
      ],
    },
    {
      label: 'association',
      obj_type: 'ip/association',
      ha_policy: 'none',
      objects: [
        {
          name: `${TWO_TIER}-web-address`,
          parentpool: `ipreservation:${TWO_TIER}-address`,
          instance_name: `${TWO_TIER}-web`,
        },
      ],
    },
  ],
  relationships: [
    { oplan: 'rules', to_oplan: 'lists', type: 'depends' },
    { oplan: 'db', to_oplan: 'network', type: 'depends' },
    { oplan: 'db', to_oplan: 'rules', type: 'depends' },
    { oplan: 'db', to_oplan: 'volumes', type: 'depends' },
    { oplan: 'web', to_oplan: 'db', type: 'depends' },
    { oplan: 'association', to_oplan: 'addresses', type: 'depends' },
    { oplan: 'association', to_oplan: 'web', type: 'depends' },
  ],
};

const nested: StackDefinition = {
  name: NESTED,
  description: 'The two other templates as one: the single instance starts when the two tiers are ready',
  account: '',
  schedule: NO_SCHEDULE,
  oplans: [
    {
      label: 'tiers',
      obj_type: 'orchestration',
      ha_policy: 'none',
      objects: [{ name: TWO_TIER }],
    },
    {
      label: 'single',
      obj_type: 'orchestration',
      ha_policy: 'none',
      objects: [{ name: SINGLE }],
    },
  ],
  relationships: [{ oplan: 'single', to_oplan: 'tiers', type: 'depends' }],
};

/** In the order in which they can be added and started: the last one contains the others. */
export const STACK_TEMPLATES: readonly StackDefinition[] = [singleInstance, twoTier, nested];
