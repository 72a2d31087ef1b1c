/**
 * Definitions as Oracle's documents show them and as its clients send them: the shapes are theirs, the values our own.
 * Each one names where its shape comes from. `exists` are objects that it refers to and that others have made, as
 * `[type, name]`.
 */
import type { Json, ObjectType } from '../../../src/domain/stacks/definition.ts';

export interface OracleBody {
  title: string;
  exists?: [ObjectType, string][];
  body: { name: string; oplans: Record<string, Json>[]; [field: string]: Json };
}

const at = (name: string): string => `/Compute-quay/dana.roe@example.com/${name}`;
const IMAGE = '/oracle/public/OL_7.2_UEKR4_x86_64';

/** fog-oraclecloud, tests/requests/orchestrations_tests.rb, "#orchestrations-create": one plan of one instance. */
export function fogCreates(name: string): OracleBody['body'] {
  return { name, oplans: [fogPlan('FrontServer', 'vm-a', at('FrontServer'))] };
}

/** The same test, before its update: a second plan, whose label has spaces. */
export function fogPlan(label: string, vm: string, name: string): Record<string, Json> {
  const instance = { shape: 'oc3', label: vm, imagelist: '/oracle/public/oel_6.4_2GB_v1', name };
  return { label, obj_type: 'launchplan', objects: [{ instances: [instance] }] };
}

export const ORACLE_BODIES: OracleBody[] = [
  {
    // Oracle Compute Cloud on the Cloud Machine, appendix "Sample Orchestrations", a simple single instance; without names.
    title: 'a single instance in two networks, which has a label and no name',
    exists: [['vnet', '/quay/public/fabric-1']],
    body: {
      name: '/quay/public/lone_instance',
      description: 'One instance and nothing else',
      oplans: [
        {
          obj_type: 'launchplan',
          label: 'Lone instance plan',
          objects: [
            {
              instances: [
                {
                  label: 'lone_instance',
                  shape: 'oc3',
                  imagelist: '/oracle/public/linux6_16.3.1_64',
                  networking: {
                    net0: { vnet: '/quay/public/fabric-1' },
                    net1: { vnetreservation: '/quay/public/fixed_1' },
                  },
                },
              ],
            },
          ],
        },
      ],
    },
  },
  {
    // The same appendix, a simple single volume.
    title: 'a volume alone, with a policy',
    body: {
      description: 'One volume and nothing else',
      name: '/quay/public/spare',
      oplans: [
        {
          ha_policy: 'monitor',
          label: 'spare',
          obj_type: 'storage/volume',
          objects: [
            {
              name: '/quay/public/spare',
              properties: ['/oracle/public/storage/default'],
              size: '12884901888',
            },
          ],
        },
      ],
    },
  },
  {
    // Orchestrations that Compute Classic's console wrote: every field is there, empty ones as null or "".
    title: 'a bootable volume and its instance, as a console writes them',
    body: {
      relationships: [{ oplan: 'boot machine', to_oplan: 'boot disk', type: 'depends' }],
      account: '/Compute-quay/default',
      description: '',
      schedule: { start_time: '2016-04-02T07:30:00Z', stop_time: null },
      name: at('console'),
      oplans: [
        {
          obj_type: 'storage/volume',
          ha_policy: '',
          label: 'boot disk',
          objects: [
            {
              account: '/Compute-quay/default',
              managed: true,
              name: at('console_boot'),
              tags: [],
              bootable: true,
              hypervisor: null,
              description: '',
              quota: null,
              uri: null,
              imagelist_entry: 1,
              snapshot: null,
              shared: false,
              imagelist: IMAGE,
              writecache: false,
              properties: ['/oracle/public/storage/default'],
              size: '15032385536b',
            },
          ],
        },
        {
          obj_type: 'launchplan',
          ha_policy: '',
          label: 'boot machine',
          objects: [
            {
              instances: [
                {
                  networking: {
                    eth0: {
                      seclists: ['/Compute-quay/default/default'],
                      nat: ['ippool:/oracle/public/ippool'],
                      dns: ['console'],
                      model: '',
                    },
                    eth1: { ipnetwork: null, nat: null, vnicsets: [at('nics')] },
                  },
                  name: at('console'),
                  boot_order: [1],
                  storage_attachments: [{ volume: at('console_boot'), index: 1 }],
                  hostname: 'console',
                  label: 'Console machine',
                  shape: 'oc3',
                  imagelist: null,
                  attributes: { userdata: { enable_rdp: 'true' } },
                  sshkeys: [at('key')],
                  tags: null,
                  reverse_dns: true,
                },
              ],
            },
          ],
        },
      ],
    },
  },
  {
    // Using Compute Classic, "Orchestration v1 templates": one plan per type, chained by relationships.
    title: 'volumes, an address, security lists and a rule, and two tiers of instances on them',
    body: {
      name: at('tiers'),
      description: 'Two tiers',
      relationships: [
        { oplan: 'web tier', to_oplan: 'web disks', type: 'depends' },
        { oplan: 'web tier', to_oplan: 'db tier', type: 'depends' },
        { oplan: 'db tier', to_oplan: 'db disks', type: 'depends' },
        { oplan: 'web tier', to_oplan: 'addresses', type: 'depends' },
        { oplan: 'rules', to_oplan: 'lists', type: 'depends' },
      ],
      oplans: [
        {
          label: 'web disks',
          obj_type: 'storage/volume',
          ha_policy: 'monitor',
          objects: [{ name: at('web_disk'), size: '10G', properties: ['/oracle/public/storage/default'] }],
        },
        {
          label: 'db disks',
          obj_type: 'storage/volume',
          objects: [
            { name: at('db_disk_1'), size: '20480M', properties: ['/oracle/public/storage/latency'] },
            { name: at('db_disk_2'), size: '20971520k', properties: ['/oracle/public/storage/latency'] },
          ],
        },
        {
          label: 'addresses',
          obj_type: 'ip/reservation',
          ha_policy: 'monitor',
          objects: [
            { name: at('web_ip'), parentpool: '/oracle/public/ippool', permanent: true, tags: ['web'] },
          ],
        },
        {
          label: 'lists',
          obj_type: 'seclist',
          objects: [
            { name: at('web_list'), description: '', policy: 'DENY', outbound_cidr_policy: 'PERMIT' },
            { name: at('db_list') },
          ],
        },
        {
          label: 'rules',
          obj_type: 'secrule',
          objects: [
            {
              name: at('web_to_db'),
              application: '/oracle/public/mysql',
              src_list: `seclist:${at('web_list')}`,
              dst_list: `seclist:${at('db_list')}`,
              action: 'PERMIT',
            },
            {
              name: at('all_to_web'),
              application: '/oracle/public/https',
              src_list: 'seciplist:/oracle/public/public-internet',
              dst_list: `seclist:${at('web_list')}`,
              action: 'PERMIT',
              disabled: false,
            },
          ],
        },
        {
          label: 'db tier',
          obj_type: 'launchplan',
          ha_policy: 'active',
          objects: [
            {
              relationships: [{ type: 'different_node', instances: ['instance:db1', 'instance:db2'] }],
              instances: [
                {
                  label: 'db1',
                  shape: 'oc1m',
                  imagelist: IMAGE,
                  networking: { eth0: { seclists: [at('db_list')] } },
                  storage_attachments: [{ index: 1, volume: at('db_disk_1') }],
                },
                {
                  label: 'db2',
                  shape: 'oc1m',
                  imagelist: IMAGE,
                  networking: { eth0: { seclists: [at('db_list')] } },
                  storage_attachments: [{ index: 1, volume: at('db_disk_2') }],
                },
              ],
            },
          ],
        },
        {
          label: 'web tier',
          obj_type: 'launchplan',
          ha_policy: 'active',
          objects: [
            {
              instances: [
                {
                  name: at('web'),
                  label: 'web',
                  shape: 'oc3',
                  imagelist: IMAGE,
                  networking: {
                    eth0: { seclists: [at('web_list')], nat: `ipreservation:${at('web_ip')}` },
                  },
                  storage_attachments: [{ index: 1, volume: at('web_disk') }],
                },
              ],
            },
          ],
        },
      ],
    },
  },
  {
    // Compute Classic's attributes of storage/attachment and ip/association: neither has a name.
    title: 'an attachment and an association, which have no names',
    exists: [
      ['launchplan', at('standing')],
      ['storage/volume', at('standing_disk')],
      ['ip/reservation', at('standing_ip')],
    ],
    body: {
      name: at('late_parts'),
      oplans: [
        {
          label: 'late disk',
          obj_type: 'storage/attachment',
          objects: [{ index: 2, instance_name: at('standing'), storage_volume_name: at('standing_disk') }],
        },
        {
          label: 'late address',
          obj_type: 'ip/association',
          objects: [{ parentpool: `ipreservation:${at('standing_ip')}`, vcable: at('standing') }],
        },
        {
          label: 'pool address',
          obj_type: 'ip/association',
          objects: [{ parentpool: 'ippool:/oracle/public/ippool', vcable: at('standing') }],
        },
      ],
    },
  },
];

/** Compute Classic's master orchestrations: they hold others, one after the other. */
export const MASTER: OracleBody['body'] = {
  name: at('master'),
  description: 'Storage first, then machines',
  relationships: [{ oplan: 'then the rest', to_oplan: 'volumes first', type: 'depends' }],
  oplans: [
    {
      label: 'volumes first',
      obj_type: 'orchestration',
      ha_policy: 'monitor',
      objects: [{ name: '/quay/public/spare' }],
    },
    {
      label: 'then the rest',
      obj_type: 'orchestration',
      objects: [{ name: at('console') }, { name: at('tiers') }],
    },
  ],
};
