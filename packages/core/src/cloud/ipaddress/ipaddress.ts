import { date, enumeration, int, reference, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { FAMILIES } from '../network/family.js';
import { ADDRESS_USAGE } from '../usage/traffic-questions.js';

/** An address on the outside, of one of the operator's pools. Assigned to a network, its appliance answers for it. */
export const ipaddress = defineResourceType({
  id: 'ipaddress',
  plural: 'ipaddresses',
  description: 'An address on the outside, for a network.',
  spec: {
    addresspoolId: reference('addresspool', {
      description: 'The pool that it is of; without it any that has room.',
      suggested: true,
      write: 'create',
    }),
    family: enumeration(FAMILIES, {
      description:
        'Which version of IP; by default that of the pool or of the wanted address, and `ipv4` without either.',
      write: 'create',
    }),
    wantedAddress: string({
      description: 'Which one it is to be, where that matters; for administrators.',
      maxLength: 39,
      format: 'ip',
      write: 'create',
    }),
    networkId: reference('network', {
      description: 'The network it is assigned to; null: it is kept for later.',
      suggested: true,
      write: 'create',
      role: 'belongs',
    }),
  },
  status: {
    address: string({ description: 'The address.' }),
    prefixLength: int({ description: 'Of the network outside.' }),
    gatewayAddress: string({ description: 'The router outside.' }),
    uplink: string({ description: 'The physical network on whose other side that is.' }),
    poolId: reference('addresspool', { description: 'The pool that it is of.' }),
    heldById: reference('network', {
      description:
        'The network that answers for it, or may; no other can get it before it is free.',
      role: 'belongs',
    }),
    releasing: date({
      description: 'Since when no appliance answers for it; a while later others may get it.',
    }),
  },
  links: {
    network: { kind: 'reference', field: 'networkId' },
    addresspool: { kind: 'reference', field: 'poolId' },
    portforwards: { kind: 'children', type: 'portforward', field: 'ipaddressId' },
    loadbalancers: { kind: 'children', type: 'loadbalancer', field: 'ipaddressId' },
    vpns: { kind: 'children', type: 'vpn', field: 'ipaddressId' },
    networkrules: { kind: 'children', type: 'networkrule', field: 'ipaddressId' },
  },
  actions: {
    assign: {
      description: 'Have a network answer for it.',
      input: {
        networkId: reference('network', { description: 'The network.', required: true }),
      },
      available: ({ spec }) => spec.networkId === null,
      apply: (_address, { networkId }) => ({ networkId }),
    },
    unassign: {
      description: 'Take it away from its network. What leads from it has to go before.',
      input: {},
      available: ({ spec }) => spec.networkId !== null,
      apply: () => ({ networkId: null }),
    },
  },
  questions: { usage: ADDRESS_USAGE },
  lifecycle: {
    states: ['creating', 'active', 'updating', 'assigning', 'unassigning'],
    moving: ({ observedGeneration, spec, status }) => {
      if (observedGeneration === 0) return 'creating';
      const held = status.heldById ?? null;
      if (held !== null && held !== spec.networkId) return 'unassigning';
      return spec.networkId !== null && held === null ? 'assigning' : 'updating';
    },
    settled: () => 'active',
  },
  quota: () => [{ className: 'ipaddresses', amount: 1 }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
});
