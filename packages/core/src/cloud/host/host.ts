import { array, boolean, int, json, map, reference, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { withWish } from './adoption-wish.js';
import { isFenced } from './standing.js';

/** A machine that runs servers. Found by taking stock, never asked for. */
export const host = defineResourceType({
  id: 'host',
  plural: 'hosts',
  description: 'A machine that runs servers.',
  spec: {
    external: string({ description: 'What its pool calls it.', required: true, write: 'internal' }),
    enabled: boolean({ description: 'Whether new servers may be placed on it.', default: true }),
    evacuate: boolean({
      description: 'Whether the servers on it are to move to other hosts.',
      default: false,
      write: 'internal',
    }),
    fencedDeath: int({
      description: 'Which of its deaths an administrator has confirmed.',
      write: 'internal',
    }),
    adoptions: map(json({ description: 'What was asked for.' }), {
      description: 'Servers that are to be adopted, by what their pool calls them.',
      write: 'internal',
      default: {},
    }),
  },
  status: {
    live: boolean({
      description: 'Whether it can be reached; null where its pool does not name it.',
    }),
    accepting: boolean({ description: 'Whether its pool lets servers be started on it.' }),
    deaths: int({ description: 'How often it has stopped answering.' }),
    cpuCount: int({ description: 'Processors.' }),
    ramSizeMb: int({ description: 'Memory that servers may be given in all, in MiB.' }),
    ramUsedMb: int({ description: 'How much of it servers are given, in MiB.' }),
    storageProblem: string({
      description: 'Why servers on it would have no disks, in words.',
      maxLength: 1024,
    }),
    physicalNetworks: array(string({ description: 'A trunk.' }), {
      description: 'The trunks it has; null where its pool does not tell.',
    }),
    serversLeft: int({ description: 'How many servers an evacuation has left to move.' }),
    unmanaged: array(string({ description: 'Its name and what its pool calls it.' }), {
      description: 'Servers on it that are not of this cloud. Nothing touches them.',
    }),
    adopted: map(json({ description: 'Which wish, and what came of it.' }), {
      description: 'What came of adoptions, by what the pool calls the servers.',
    }),
  },
  links: { virtualmachines: { kind: 'children', type: 'virtualmachine', field: 'hostId' } },
  actions: {
    enable: {
      description: 'Let servers be placed on it. Ends an evacuation.',
      input: {},
      available: ({ spec }) => !spec.enabled || spec.evacuate,
      apply: () => ({ enabled: true, evacuate: false }),
    },
    disable: {
      description: 'Keep new servers away from it; those on it stay.',
      input: {},
      available: ({ spec }) => spec.enabled || spec.evacuate,
      apply: () => ({ enabled: false, evacuate: false }),
    },
    evacuate: {
      description:
        'Keep new servers away from it, and move those on it to other hosts as they run.',
      input: {},
      available: ({ spec }) => !spec.evacuate,
      apply: () => ({ enabled: false, evacuate: true }),
    },
    adopt: {
      description:
        'Make a server that its pool has already one of this cloud, as it is. It is neither restarted nor changed.',
      input: {
        virtualmachine: string({
          description: 'What the pool calls it: its uuid.',
          required: true,
          maxLength: 36,
          minLength: 36,
          validChars: '0-9a-f-',
        }),
        accountId: reference('account', {
          description: 'The account that it is to belong to.',
          required: true,
        }),
        networkId: reference('network', {
          description: 'The network that its card is in.',
          required: true,
        }),
        offering: reference('offering', {
          description: 'The size that it has; by default the first offering that is like it.',
        }),
        imageId: reference('image', {
          description: 'What it counts as made from; by default the first that starts as it does.',
        }),
        privateIpv4Address: string({
          description: 'Its address in the network; by default the one that its guest tells.',
          format: 'ipv4',
        }),
      },
      available: ({ status }) => status.live === true,
      apply: ({ spec, status }, { virtualmachine, ...wish }) => ({
        adoptions: withWish(
          { wishes: spec.adoptions, results: status.adopted ?? undefined },
          virtualmachine,
          wish,
        ),
      }),
    },
    fence: {
      description:
        'Confirm that it is off and stays off: the servers that were on it are started on other hosts. Said of a machine that still runs, it destroys their disks.',
      input: {},
      available: (machine) => machine.status.live === false && !isFenced(machine),
      apply: ({ status }) => ({
        enabled: false,
        evacuate: false,
        fencedDeath: status.deaths ?? null,
      }),
    },
  },
  lifecycle: {
    states: [
      'creating',
      'updating',
      'active',
      'disabled',
      'evacuating',
      'evacuated',
      'unreachable',
    ],
    moving: (machine) => {
      if (machine.observedGeneration === 0) return 'creating';
      return machine.spec.evacuate ? 'evacuating' : 'updating';
    },
    settled: ({ spec, status }) => {
      if (status.live !== true) return 'unreachable';
      if (spec.evacuate) return 'evacuated';
      if (!spec.enabled) return 'disabled';
      return status.accepting === false ? 'unreachable' : 'active';
    },
  },
  access: { visibleTo: 'own', users: [], administrators: ['read', 'update', 'delete', 'act'] },
  uniqueBy: 'external',
});
