/** The tables of docs/adr/0033-security-lists-as-network-policies.md, against the policies that the driver makes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WantedObject } from '../../../src/activities/stacks/drivers/driver.ts';
import { instanceManifest } from '../../../src/activities/stacks/drivers/kubernetes/instance-manifest.ts';
import {
  guardsOf,
  seclistPolicies,
  vnetPolicy,
} from '../../../src/activities/stacks/drivers/kubernetes/network.ts';
import type { NetworkPolicy } from '../../../src/activities/stacks/drivers/kubernetes/plain.ts';
import { rulePolicies } from '../../../src/activities/stacks/drivers/kubernetes/security-rules.ts';
import type { Json, ObjectType } from '../../../src/domain/stacks/definition.ts';
import { letsIn, letsOut, type End, type Labels, type Port } from './policy-evaluator.ts';

const PAGE = new URL('../../../docs/adr/0033-security-lists-as-network-policies.md', import.meta.url);
const HTTPS: Port = { protocol: 'TCP', port: 443 };
const OTHERS: Port[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'UDP', port: 443 },
];

function wanted(objType: ObjectType, name: string, spec: Record<string, Json> = {}): WantedObject {
  const full = `/acme/jack/${name}`;
  return { objType, name: full, owner: `/acme/jack/stack plan ${full}`, spec: { name: full, ...spec } };
}

type Direction = 'inbound' | 'outbound';
const FIELD = { inbound: 'policy', outbound: 'outbound_cidr_policy' } as const;

/** The lists of one table: named by what they say in its direction; the other direction is open. */
function lists(direction: Direction): Map<string, WantedObject> {
  const open = { policy: 'permit', outbound_cidr_policy: 'permit' };
  const words = ['deny', 'reject', 'permit'];
  return new Map([
    ...words.map((word) => [word, wanted('seclist', word, { ...open, [FIELD[direction]]: word })] as const),
    // Of the other end of a rule.
    ['other', wanted('seclist', 'other', open)],
  ]);
}

const NETWORK = wanted('vnet', 'N');

/** The labels of the pod of an instance in these lists, and in the network. */
function pod(members: WantedObject[], inNetwork: boolean): Labels {
  const networking = {
    eth0: { seclists: members.map(({ name }) => name), ...(inNetwork ? { vnet: NETWORK.name } : {}) },
  };
  const instance = wanted('launchplan', 'vm', { imagelist: 'nginx:1.29', networking });
  const referred = members.map((list) => ({
    reference: { objType: list.objType, name: list.name },
    found: {
      body: {},
      name: 'list',
      uid: 'u',
      resourceVersion: '1',
      generation: 1,
      ending: false,
      annotations: seclistPolicies(list)[0].metadata?.annotations ?? {},
    },
  }));
  return instanceManifest(instance, guardsOf(referred)).spec?.template.metadata?.labels ?? {};
}

/** The table behind a mark: its columns, and the cells of each row. */
function table(mark: Direction): { columns: string[]; rows: [string, string[]][] } {
  const text = readFileSync(PAGE, 'utf8').split(`<!-- ${mark} -->`)[1]?.trimStart() ?? '';
  const lines = text.slice(0, text.indexOf('\n\n')).split('\n');
  const [head = [], , ...rest] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return { columns: head.slice(1), rows: rest.map(([who = '', ...cells]) => [who, cells]) };
}

interface Case {
  direction: Direction;
  /** The end that the table is about. */
  about: string;
  /** The other end. */
  column: string;
  expected: string;
}

const CASES: Case[] = (['inbound', 'outbound'] as const).flatMap((direction) => {
  const { columns, rows } = table(direction);
  return rows.flatMap(([about, cells]) =>
    columns.map((column, index) => ({ direction, about, column, expected: cells[index] ?? '' })),
  );
});

/** The traffic that gets through; undefined for a combination that does not occur. */
function outcome({ direction, about, column }: Case): string | undefined {
  const all = lists(direction);
  const list = (name: string): WantedObject => {
    const found = all.get(name);
    if (!found) throw new Error(`There is no list ${name}`);
    return found;
  };
  const memberships = about.split(', ').filter((word) => word !== 'nothing');
  const own = memberships.filter((word) => word !== 'N');
  // A list that rejects stands in the column of those that deny.
  const named = column.includes('permit list') ? 'permit' : own.includes('reject') ? 'reject' : 'deny';
  const isRule = column.includes('rule');
  if (/(permit|deny) list/.test(column) && !own.includes(named)) return undefined;
  if (isRule && own.length === 0) return undefined;

  const policies: NetworkPolicy[] = [...all.values()].flatMap((one) => seclistPolicies(one));
  policies.push(vnetPolicy(NETWORK));
  if (isRule) {
    const target = list(own.includes(named) ? named : (own[0] ?? ''));
    const ends = direction === 'inbound' ? [list('other'), target] : [target, list('other')];
    const everybody = column.includes('everybody');
    const rule = wanted('secrule', 'rule', {
      src_list: everybody ? 'seciplist:/oracle/public/public-internet' : `seclist:${ends[0]?.name}`,
      dst_list: `seclist:${ends[1]?.name}`,
      application: '/oracle/public/https',
      disabled: column.includes('disabled'),
    });
    policies.push(...rulePolicies(rule).filter((policy) => policy !== undefined));
  }
  const shares = /^its /.test(column);
  const peer: End =
    column === 'the internet' || column.includes('everybody')
      ? null
      : pod(shares ? [list(named)] : isRule ? [list('other')] : [], column === 'N');
  const subject = pod(own.map(list), memberships.includes('N'));
  const passes = (port: Port): boolean =>
    direction === 'inbound' ? letsIn(policies, subject, peer, port) : letsOut(policies, subject, peer, port);
  const others = OTHERS.map(passes);
  if (others.some(Boolean)) return others.every(Boolean) && passes(HTTPS) ? 'all' : 'something else';
  return passes(HTTPS) ? 'rule' : 'none';
}

describe('security lists as NetworkPolicies', () => {
  it('have a table of every combination', () => {
    const words = [
      'nothing',
      'N',
      'deny',
      'deny, N',
      'reject',
      'permit',
      'permit, N',
      'deny, permit',
      'deny, permit, N',
    ];
    for (const direction of ['inbound', 'outbound'] as const) {
      expect(table(direction).rows.map(([about]) => about)).toEqual(words);
      expect(table(direction).columns).toHaveLength(8);
    }
  });

  it.each(CASES)('$direction, in $about, $column: $expected', (one) => {
    expect(outcome(one) ?? '-').toBe(one.expected);
  });

  it('let an instance of two lists through only where both ends do', () => {
    const closed = wanted('seclist', 'closed', { policy: 'deny', outbound_cidr_policy: 'deny' });
    const open = wanted('seclist', 'open', { policy: 'permit' });
    const policies = [closed, open].flatMap((one) => seclistPolicies(one));
    const both = pod([closed, open], false);
    const one = pod([open], false);
    expect(letsOut(policies, one, both, HTTPS) && letsIn(policies, both, one, HTTPS)).toBe(true);
    expect(letsOut(policies, both, one, HTTPS)).toBe(true);
    expect(letsIn(policies, both, pod([], false), HTTPS)).toBe(false);
    expect(letsOut(policies, both, null, HTTPS)).toBe(false);
  });

  it.each([
    ['seclist', { policy: 'maybe' }, /has the policy "maybe"; take deny, reject or permit/],
    ['seclist', { outbound_cidr_policy: 'x' }, /has the outbound_cidr_policy "x"; take/],
  ] as const)('refuse a %s that says %j', (objType, spec, message) => {
    expect(() => seclistPolicies(wanted(objType, 'list', spec))).toThrow(message);
  });
});
