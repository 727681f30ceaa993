import { boolean, int, reference } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { CD_DEVICE, isRootDisk, LAST_DEVICE, ROOT_DEVICE } from './devices.js';

/** In GiB. */
export const LARGEST_VOLUME_GB = 1_200;

/** A disk. A server's root disk belongs to its server and goes with it. */
export const volume = defineResourceType({
  id: 'volume',
  plural: 'volumes',
  description: 'A disk for servers.',
  spec: {
    sizeGb: int({
      description: 'What the guest sees, in GiB.',
      required: true,
      min: 1,
      max: LARGEST_VOLUME_GB,
      write: 'create',
    }),
    imageId: reference('image', { description: 'What it is a thin copy of.', write: 'create' }),
    virtualmachineId: reference('virtualmachine', {
      description: 'The server it is in.',
      write: 'internal',
      role: 'belongs',
    }),
    device: int({
      description: 'The place in the server that was asked for, if any was; 0 is the root disk.',
      write: 'internal',
      min: 0,
      max: LAST_DEVICE,
    }),
    adopted: boolean({
      description: 'Whether it was there before: then its file is never made.',
      default: false,
      write: 'internal',
    }),
  },
  status: {
    physicalMb: int({ description: 'What it takes on the share, in MiB.' }),
    attachedToId: reference('virtualmachine', {
      description: 'The server that has it, or may have it; no other can get it before it is free.',
      role: 'belongs',
    }),
    attachedDevice: int({ description: 'Its place in that server.' }),
  },
  links: {
    virtualmachine: { kind: 'reference', field: 'virtualmachineId' },
    image: { kind: 'reference', field: 'imageId' },
    content: { kind: 'content', direction: 'download' },
  },
  actions: {
    attach: {
      description: 'Put it into a server.',
      input: {
        virtualmachineId: reference('virtualmachine', {
          description: 'The server.',
          required: true,
        }),
        device: int({
          description: `Its place there. ${CD_DEVICE} is the CD’s. Without it the first that is free.`,
          min: 1,
          max: LAST_DEVICE,
        }),
      },
      available: ({ spec }) => spec.virtualmachineId === null,
      apply: (_volume, { virtualmachineId, device }) => ({ virtualmachineId, device }),
    },
    detach: {
      description: 'Take it out of its server.',
      input: {},
      available: ({ spec }) => spec.virtualmachineId !== null && !isRootDisk(spec),
      apply: () => ({ virtualmachineId: null, device: null }),
    },
  },
  lifecycle: {
    states: ['creating', 'active', 'updating', 'attaching', 'detaching'],
    moving: ({ observedGeneration, spec, status }) => {
      if (observedGeneration === 0) return 'creating';
      const holder = status.attachedToId ?? null;
      if (isRootDisk(spec)) return 'updating';
      if (holder !== null && holder !== spec.virtualmachineId) return 'detaching';
      return spec.virtualmachineId !== null && (status.attachedDevice ?? null) === null
        ? 'attaching'
        : 'updating';
    },
    settled: () => 'active',
  },
  // A root disk is part of its server, and its server's to answer for.
  quota: ({ device, sizeGb }) =>
    device === ROOT_DEVICE
      ? []
      : [
          { className: 'volumes', amount: 1 },
          { className: 'volumeGb', amount: sizeGb, fieldName: 'sizeGb' },
        ],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
});
