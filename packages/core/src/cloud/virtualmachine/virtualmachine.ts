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
import { defineResourceType } from '../../model/resource-type.js';
import { DISCARDED_FIELDS, GRACE, isDiscarded, whyNotRunning } from './discarded.js';

const LABEL = { minLength: 1, maxLength: 63, validChars: 'A-Za-z0-9._=-' } as const;
/** Its part in the outside world: the server as the hypervisor has it. */
export const SERVER_PART = 'server';
/** The role of its root disk. */
export const ROOT_DISK = 'root';

/** A server. Running or stopped is desired state like everything else; a restart is one more of a count. */
export const virtualmachine = defineResourceType({
  id: 'virtualmachine',
  plural: 'virtualmachines',
  description: 'A virtual server.',
  spec: {
    offering: reference('offering', {
      description:
        'Its size. What of a change its running guest can’t take waits for a restart: see its condition PendingRestart.',
      required: true,
    }),
    imageId: reference('image', {
      description: 'What its root disk is made from.',
      required: true,
      write: 'create',
    }),
    networkId: reference('network', {
      description: 'The network it is in.',
      required: true,
      write: 'create',
    }),
    desiredState: enumeration(['running', 'stopped'], {
      description: 'What it is to be.',
      default: 'running',
    }),
    restarts: int({
      description: 'How many restarts were asked for.',
      default: 0,
      write: 'internal',
      min: 0,
    }),
    ...DISCARDED_FIELDS,
    labels: array(string({ description: 'A label.', required: true, ...LABEL }), {
      description: 'What others can keep away from it or near to it by. Fixed once it is made.',
      default: [],
      maxLength: 16,
      write: 'create',
    }),
    antiAffinityLabels: array(string({ description: 'A label.', required: true, ...LABEL }), {
      description:
        'It never shares a host with another server of its account that has one of these labels.',
      default: [],
      maxLength: 16,
      write: 'create',
    }),
    affinityLabels: array(string({ description: 'A label.', required: true, ...LABEL }), {
      description:
        'It is put on a host with servers of its account that have one of these labels, if there is room.',
      default: [],
      maxLength: 16,
      write: 'create',
    }),
    sshKeys: array(string({ description: 'A public key.', required: true, maxLength: 8_192 }), {
      description: 'Public keys for its first user, put in by cloud-init at the first boot.',
      default: [],
      maxLength: 32,
      write: 'create',
    }),
    userData: string({
      description: 'Handed to cloud-init at the first boot.',
      maxLength: 65_536,
      write: 'create',
      filter: 'never',
      rest: 'sealed',
    }),
    adopted: json({
      description: 'What it was when it was adopted; null for a server that was made here.',
      write: 'internal',
      filter: 'never',
    }),
  },
  status: {
    privateIpv4Address: string({ description: 'Its address in the network.' }),
    privateIpv6Address: string({
      description: 'Its IPv6 address there, which its card makes; null where its network has none.',
    }),
    macAddress: string({ description: 'Its card’s address.' }),
    hostname: string({ description: 'Its name in its network’s DNS, given to it once.' }),
    leased: boolean({ description: 'Whether its network’s appliance gives it address and name.' }),
    ramSizeMb: int({ description: 'Memory that it has now, in MiB.' }),
    cpuCount: int({ description: 'Virtual processors that it has now.' }),
    hostId: reference('host', { description: 'The host it is placed on.', role: 'needs' }),
    previousHostId: reference('host', {
      description: 'The host it is leaving, until it certainly has left.',
      role: 'needs',
    }),
    powerState: enumeration(['running', 'halted', 'paused', 'suspended'], {
      description: 'What the hypervisor says.',
    }),
    restartsDone: int({ description: 'How many of the restarts have happened.', min: 0 }),
    pendingRestart: array(string({ description: 'One of them: `ramSizeMb`, `disks.1`.' }), {
      description: 'What is as asked only once it has been restarted.',
    }),
    sourceUnfiltered: string({
      description:
        'Why packets from other addresses than its own are not held back; null where they are.',
      maxLength: 1024,
    }),
    attachedVolumes: map(int({ description: 'A device number.' }), {
      description:
        'Volumes that are in it, or may be, by their ids; its root disk is not among them.',
    }),
    booted: boolean({ description: 'Whether its guest has come up and has an address.' }),
    guestAddresses: array(string({ description: 'An address.' }), {
      description: 'The addresses that its guest says it has.',
    }),
    guestOsName: string({ description: 'What its guest says it runs.' }),
    guestOsVersion: string({ description: 'Which version of that.' }),
    guestTools: enumeration(['none', 'outdated', 'current'], {
      description: 'The tools in its guest, by which the hypervisor can ask it for something.',
    }),
    guestToolsVersion: string({ description: 'Which version of those.' }),
  },
  links: {
    offering: { kind: 'reference', field: 'offering' },
    image: { kind: 'reference', field: 'imageId' },
    network: { kind: 'reference', field: 'networkId' },
    volumes: { kind: 'children', type: 'volume', field: 'virtualmachineId' },
    snapshots: { kind: 'children', type: 'snapshot', field: 'virtualmachineId' },
  },
  actions: {
    start: {
      description: 'Start it.',
      input: {},
      available: (server) => server.spec.desiredState === 'stopped' && !isDiscarded(server),
      whyNot: whyNotRunning,
      apply: () => ({ desiredState: 'running' as const }),
    },
    stop: {
      description: 'Shut it down; by force if it does not listen.',
      input: {},
      available: (server) => server.spec.desiredState === 'running',
      apply: () => ({ desiredState: 'stopped' as const }),
    },
    restart: {
      description: 'Restart it once.',
      input: {},
      available: (server) => server.spec.desiredState === 'running',
      apply: (server) => ({ restarts: server.spec.restarts + 1 }),
    },
    resize: {
      description: 'Give it another size.',
      input: { offering: reference('offering', { description: 'The size.', required: true }) },
      available: () => true,
      apply: (_server, { offering }) => ({ offering }),
    },
    discard: {
      description:
        'Put it aside: shuts it down, and removes it with all it has when its grace time is over.',
      input: { graceSeconds: GRACE },
      available: (server) => !isDiscarded(server),
      apply: ({ spec }) => ({
        desiredState: 'stopped' as const,
        desiredStateBefore: spec.desiredState,
      }),
      generate: (_server, { graceSeconds }, { now }) => ({
        spec: { removeAfter: now + graceSeconds * 1_000 },
        once: {},
      }),
    },
    restore: {
      description: 'Take it back.',
      input: {},
      available: isDiscarded,
      apply: ({ spec }) => ({
        desiredState: spec.desiredStateBefore ?? ('running' as const),
        desiredStateBefore: null,
        removeAfter: null,
      }),
    },
  },
  questions: {
    usage: {
      description:
        'What it used: processors, memory, disks and network, as averages of equal steps.',
      input: {
        from: date({ description: 'Since when; by default the last ten minutes.' }),
        stepSeconds: int({
          description: 'How long a step is. Older and longer spans come in longer steps.',
          default: 5,
          min: 1,
          max: 86_400,
        }),
      },
      output: {
        stepSeconds: int({ description: 'How long a step came out.' }),
        samples: array(json({ description: 'A step: its end, `at`, and its averages.' }), {
          description: 'The newest 1,000 steps at most, the newest last.',
        }),
      },
      verb: 'read',
      available: (server) => server.removed === null && server.deleteRequestedAt === null,
    },
    console: {
      description: 'Its screen and keyboard. The answer’s URL can be opened once, and soon.',
      input: {},
      output: {
        url: string({ description: 'A WebSocket (subprotocol binary) that speaks RFB: noVNC’s.' }),
        protocol: enumeration(['rfb'], { description: 'What is spoken in it.' }),
        expires: date({ description: 'Until when it can be opened.' }),
      },
      verb: 'act',
      available: (server) =>
        server.removed === null &&
        server.deleteRequestedAt === null &&
        server.spec.desiredState === 'running' &&
        server.status.powerState === 'running',
    },
  },
  lifecycle: {
    states: [
      'creating',
      'starting',
      'running',
      'updating',
      'restarting',
      'stopping',
      'stopped',
      'discarded',
    ],
    moving: (server) => {
      if (server.observedGeneration === 0) return 'creating';
      const powered = server.status.powerState === 'running';
      if (server.spec.desiredState === 'stopped') return powered ? 'stopping' : 'updating';
      if (!powered) return 'starting';
      return server.spec.restarts > (server.status.restartsDone ?? 0) ? 'restarting' : 'updating';
    },
    settled: (server) => (isDiscarded(server) ? 'discarded' : server.spec.desiredState),
  },
  quota: () => [{ className: 'virtualmachines', amount: 1 }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
});
