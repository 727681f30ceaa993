import {
  array,
  boolean,
  date,
  defineResourceType,
  enumeration,
  int,
  map,
  password,
  reference,
  string,
  TypeRegistry,
} from '@gdcloud/core';

const EVERY = ['read', 'create', 'update', 'delete', 'act'] as const;
const own = { visibleTo: 'own', users: EVERY, administrators: EVERY } as const;

const account = defineResourceType({
  id: 'account',
  plural: 'accounts',
  description: 'Who owns things.',
  spec: { kind: enumeration(['admin', 'user'], { description: 'The kind.', default: 'user' }) },
  status: {},
  access: { visibleTo: 'own', users: ['read'], administrators: EVERY },
});

const network = defineResourceType({
  id: 'network',
  plural: 'networks',
  description: 'A private network.',
  spec: {
    domain: string({ description: 'Its DNS domain.', format: 'domain', default: 'cloud.local' }),
    ipv4Cidr: string({
      description: 'Its addresses.',
      required: true,
      format: 'ipv4-cidr',
      write: 'create',
    }),
  },
  status: { vlanTag: int({ description: 'Seen outside.', min: 1, max: 4094 }) },
  links: { virtualmachines: { kind: 'children', type: 'virtualmachine', field: 'networkId' } },
  access: own,
});

const virtualmachine = defineResourceType({
  id: 'virtualmachine',
  plural: 'virtualmachines',
  description: 'A server.',
  spec: {
    networkId: reference('network', { description: 'Where it is attached.', write: 'create' }),
    ramSizeMb: int({ description: 'Memory.', min: 512, max: 16_384, default: 1024 }),
    bootMode: enumeration(['pvgrub', 'hvm'], { description: 'How it boots.', default: 'hvm' }),
    protect: boolean({ description: 'Refuses deletion.', default: false }),
    expires: date({ description: 'When it may go.' }),
    sshKeys: array(string({ description: 'A key.', maxLength: 500 }), {
      description: 'Keys.',
      default: [],
    }),
    labels: map(string({ description: 'A label.' }), { description: 'Labels.', default: {} }),
    rootPassword: password({ description: 'Set once.', show: 'never', write: 'create' }),
    desiredState: enumeration(['running', 'stopped'], {
      description: 'What it should do.',
      default: 'running',
      write: 'internal',
    }),
  },
  status: {
    privateIpv4Address: string({ description: 'Its address.' }),
    startedAt: date({ description: 'When it last started.' }),
    hostId: reference('host', { description: 'Where it runs.' }),
  },
  links: {
    network: { kind: 'reference', field: 'networkId' },
    volumes: { kind: 'children', type: 'volume', field: 'virtualmachineId' },
  },
  actions: {
    stop: {
      description: 'Stops it.',
      input: {},
      available: (resource) => resource.spec.desiredState === 'running',
      apply: () => ({ desiredState: 'stopped' as const }),
    },
    start: {
      description: 'Starts it.',
      input: {},
      available: (resource) => resource.spec.desiredState === 'stopped',
      apply: () => ({ desiredState: 'running' as const }),
    },
    resize: {
      description: 'Changes its memory.',
      input: { ramSizeMb: int({ description: 'Memory.', required: true, min: 512, max: 16_384 }) },
      available: () => true,
      apply: (_resource, input) => ({ ramSizeMb: input.ramSizeMb }),
    },
  },
  lifecycle: {
    states: ['creating', 'running', 'stopped', 'updating'],
    moving: (resource) => (resource.observedGeneration === 0 ? 'creating' : 'updating'),
    settled: (resource) => resource.spec.desiredState,
  },
  access: own,
});

const volume = defineResourceType({
  id: 'volume',
  plural: 'volumes',
  description: 'A disk.',
  spec: {
    sizeGb: int({ description: 'Its size.', required: true, min: 1, max: 1200 }),
    virtualmachineId: reference('virtualmachine', { description: 'Who uses it.' }),
  },
  status: {},
  links: { virtualmachine: { kind: 'reference', field: 'virtualmachineId' } },
  access: own,
});

const apikey = defineResourceType({
  id: 'apikey',
  plural: 'apikeys',
  description: 'An access key.',
  spec: {},
  status: {
    publicValue: string({ description: 'The access key.' }),
    secretValue: password({ description: 'The secret.', show: 'once' }),
  },
  access: own,
});

const host = defineResourceType({
  id: 'host',
  plural: 'hosts',
  description: 'A hypervisor.',
  spec: {},
  status: {},
  links: { virtualmachines: { kind: 'children', type: 'virtualmachine', field: 'hostId' } },
  access: { visibleTo: 'own', users: [], administrators: ['read', 'act'] },
});

const offering = defineResourceType({
  id: 'offering',
  plural: 'offerings',
  description: 'A size.',
  spec: {
    ramSizeMb: int({ description: 'Memory.', required: true, min: 256, max: 16_384 }),
  },
  status: {},
  access: { visibleTo: 'everyone', users: ['read'], administrators: EVERY },
  uniqueBy: 'name',
});

/** The types of the double: one of each thing that a declaration can say. */
export function doubleTypes(): TypeRegistry {
  return new TypeRegistry([account, network, virtualmachine, volume, apikey, host, offering]);
}
