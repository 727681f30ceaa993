import {
  array,
  boolean,
  date,
  enumeration,
  int,
  json,
  map,
  reference,
  string,
} from '../../model/field.js';
import type { Resource } from '../../model/resource.js';
import { defineResourceType } from '../../model/resource-type.js';
import { isReady } from '../../model/state.js';
import { localIpv6Cidr } from './local-ipv6-cidr.js';

/** The field in which all that a network's document speaks of name their network. */
export const IN_NETWORK = 'networkId';

/** A private layer-2 network of its own. Networks of different accounts may use the same addresses. */
export const network = defineResourceType({
  id: 'network',
  plural: 'networks',
  description: 'A private network for servers.',
  spec: {
    domain: string({
      description: 'The DNS domain of its servers.',
      default: 'internal',
      minLength: 1,
      maxLength: 253,
      format: 'domain',
      write: 'create',
    }),
    ipv4Cidr: string({
      description: 'Its addresses: a private IPv4 network, /8 to /29, host bits zero.',
      required: true,
      maxLength: 18,
      format: 'ipv4-cidr',
      write: 'create',
    }),
    ipv6: boolean({
      description: 'Whether its servers get IPv6 addresses too.',
      default: false,
      write: 'create',
    }),
    ipv6Cidr: string({
      description:
        'The IPv6 network they are of; by default a private one made by chance (RFC 4193). Any other is for administrators to choose, and routed to an address of the network: then servers are known by their own addresses outside.',
      maxLength: 43,
      format: 'ipv6-cidr',
      write: 'create',
    }),
    rateLimitMbit: int({
      description: 'How fast it may be towards the outside, each way, in Mbit/s; null: no limit.',
      min: 1,
      max: 1_000_000,
    }),
    outgoingAddressId: reference('ipaddress', {
      description:
        'The IPv4 address that its servers are seen by outside; by default the first assigned.',
      satisfies: { family: 'ipv4' },
      role: 'belongs',
    }),
    outgoingIpv6AddressId: reference('ipaddress', {
      description:
        'The IPv6 address that they are seen by, or that leads to them; by default the first assigned.',
      satisfies: { family: 'ipv6' },
      role: 'belongs',
    }),
  },
  status: {
    gatewayIpv4Address: string({ description: 'The first address: its way out.' }),
    physicalNetwork: string({ description: 'The trunk that carries it.' }),
    segmentId: int({ description: 'Its tag on the trunk.' }),
    outerSegmentId: int({ description: 'The tag around that, where there are two.' }),
    gatewayIpv6Address: string({ description: 'Its way out over IPv6.' }),
    outgoingAddress: string({ description: 'The address that its servers are seen by outside.' }),
    outgoingIpv6Address: string({
      description:
        'The one over IPv6; where its IPv6 network is routed, the one that it is to be routed to.',
    }),
    documentRevision: int({
      description: 'Counts what its appliance was to be like, from before it is told.',
    }),
    documentDigest: string({ description: 'Names what it was to be like then.', filter: 'never' }),
    appliedRevision: int({
      description: 'The last of these that its appliance was seen to follow.',
    }),
    conflicts: map(json({ description: 'The generation that was left out, and why.' }), {
      description: 'What its document leaves out as something older is in its way, by uuid.',
    }),
    unwellServers: map(
      array(string({ description: 'A server, by uuid.' }), { description: 'Who fails.' }),
      {
        description:
          'The servers that fail their checks, by balancer; null while nobody checks any.',
        filter: 'never',
      },
    ),
    appliances: map(
      enumeration(['active', 'standby', 'carrying', 'behind', 'away'], {
        description: 'How one stands.',
        required: true,
      }),
      {
        description: 'Where it has a pair of appliances: how each stands, by name.',
        filter: 'never',
      },
    ),
    repairedAt: date({
      description:
        'When its appliance last repaired, by itself, what somebody else had changed in it.',
    }),
  },
  links: {
    virtualmachines: { kind: 'children', type: 'virtualmachine', field: IN_NETWORK },
    ipaddresses: { kind: 'children', type: 'ipaddress', field: IN_NETWORK },
    portforwards: { kind: 'children', type: 'portforward', field: IN_NETWORK },
    loadbalancers: { kind: 'children', type: 'loadbalancer', field: IN_NETWORK },
    vpns: { kind: 'children', type: 'vpn', field: IN_NETWORK },
    networkrules: { kind: 'children', type: 'networkrule', field: IN_NETWORK },
    outgoingAddress: { kind: 'reference', field: 'outgoingAddressId' },
    outgoingIpv6Address: { kind: 'reference', field: 'outgoingIpv6AddressId' },
  },
  questions: {
    testisolation: {
      description:
        'Sends probes in it, as a server would, and looks for them in another network, or in each that shares its trunk. None should arrive. For administrators.',
      input: {
        networkId: reference('network', {
          description: 'The other one; by default each on the same trunk, one after the other.',
        }),
        after: reference('network', {
          description: 'Where to go on: what `next` of the answer before said.',
        }),
      },
      output: {
        tested: int({ description: 'How many networks probes were looked for in.' }),
        left: int({ description: 'How many are left, for which there was no time.' }),
        sent: int({ description: 'How many probes were sent, and seen to be.' }),
        arrived: int({ description: 'How many of them arrived where none should.' }),
        proofs: array(
          json({
            description: 'Of one: `networkId`, `sentBy`, and the probes `sent` and `arrived`.',
          }),
          { description: 'One each.' },
        ),
        next: string({ description: 'Ask again with `after` of this; null: all are done.' }),
      },
      verb: 'act',
      available: isFollowed,
    },
    plan: {
      description:
        'The very commands that its appliance carries it by, from nothing, as text without secrets. For administrators.',
      input: {},
      output: {
        revision: int({ description: 'Of the document that they carry.' }),
        text: string({ description: 'Lines for a shell.' }),
      },
      verb: 'act',
      available: isFollowed,
    },
  },
  generate: ({ ipv6, ipv6Cidr }, tools) => ({
    spec: ipv6 && ipv6Cidr === null ? { ipv6Cidr: localIpv6Cidr(tools.bytes(5)) } : {},
    once: {},
  }),
  quota: () => [{ className: 'networks', amount: 1 }],
  // An appliance of a pair that comes back has missed what was asked for meanwhile.
  drift: { 'appliance.behind': 'expected' },
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
});

/** Whether servers can be in it: it is there, whatever else is being told to its appliance. */
export function isUp(row: Resource<typeof network>): boolean {
  const wasFollowed = typeof row.status.appliedRevision === 'number';
  return row.deleteRequestedAt === null && (wasFollowed || isReady(row));
}

// Not before it has a segment, and its appliance a document.
function isFollowed({ removed, deleteRequestedAt, status }: Resource): boolean {
  return (
    removed === null && deleteRequestedAt === null && typeof status['appliedRevision'] === 'number'
  );
}
