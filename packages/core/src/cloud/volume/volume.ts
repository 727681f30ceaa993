import { array, boolean, int, map, reference, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { CD_DEVICE, isRootDisk, LAST_DEVICE, ROOT_DEVICE } from './devices.js';
import { isJustAdopted } from './free.js';
import { isMoving, movesAsked } from './moves.js';
import { isRestoring, restoresAsked } from './restores.js';
import { contentsAsked } from './uploads.js';

/** Its part while it moves: what of it has come to another share and is no volume yet. */
export const ARRIVAL = 'arrival';
/** In GiB. */
export const LARGEST_VOLUME_GB = 1_200;

/** What servers' own disks are not: a snapshot's copy, or ever restored, moved or given what was brought. */
export const OF_NO_SNAPSHOT = {
  snapshotId: null,
  restores: 0,
  restoredFromId: null,
  contents: 0,
  uploadId: null,
  moves: 0,
  movedToId: null,
} as const;

/** A disk. A server's root disk belongs to its server and goes with it. */
export const volume = defineResourceType({
  id: 'volume',
  plural: 'volumes',
  description: 'A disk for servers.',
  spec: {
    sizeGb: int({
      description:
        'What the guest sees, in GiB. Of a snapshot’s copy, where it is left out: the snapshot’s.',
      required: true,
      min: 1,
      max: LARGEST_VOLUME_GB,
      write: 'create',
    }),
    imageId: reference('image', { description: 'What it is a thin copy of.', write: 'create' }),
    snapshotId: reference('snapshot', {
      description: 'The snapshot of a volume that it is a thin copy of. That may go before it.',
      write: 'create',
      role: 'belongs',
    }),
    restores: int({
      description: 'How many restores were asked for.',
      default: 0,
      write: 'internal',
      min: 0,
    }),
    restoredFromId: reference('snapshot', {
      description: 'The snapshot that the last of them is to bring back.',
      write: 'internal',
      role: 'belongs',
    }),
    contents: int({
      description: 'How often it was asked to be given what was brought to its link `content`.',
      default: 0,
      write: 'internal',
      min: 0,
    }),
    uploadId: string({
      description: 'What was brought that it was last asked to hold.',
      write: 'internal',
    }),
    moves: int({
      description: 'How many moves to another storage pool were asked for.',
      default: 0,
      write: 'internal',
      min: 0,
    }),
    movedToId: reference('storagepool', {
      description: 'The storage pool that the last of them is to lead to.',
      write: 'internal',
      role: 'belongs',
    }),
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
    storagepoolId: reference('storagepool', {
      description: 'The storage pool it is on; null where there is only one.',
    }),
    movesBegun: int({ description: 'The move that was begun last.' }),
    movesDone: int({ description: 'How many of the moves are done.' }),
    arrivingId: reference('storagepool', {
      description: 'The storage pool that it is copied to; it is where it was until that is done.',
    }),
    leavingId: reference('storagepool', {
      description: 'The storage pool that it has left, and where something of it still is.',
    }),
    leftPools: map(int({ description: 'Milliseconds since 1970.', required: true }), {
      description: 'When it left pools that it can’t go back to yet, by their ids.',
    }),
    restoresDone: int({
      description: 'How many of the restores are done, or given up as their snapshot is gone.',
    }),
    contentsDone: int({
      description: 'How many of the contents it was given, or was refused.',
    }),
    contentRefused: string({
      description: 'Why it was not given what was brought last; null where it was.',
    }),
    snapshotsToTake: array(string({ description: 'An id.', required: true }), {
      description:
        'Snapshots that its next change may take. One that is removed goes when it is off this list.',
    }),
    attachedToId: reference('virtualmachine', {
      description: 'The server that has it, or may have it; no other can get it before it is free.',
      role: 'belongs',
    }),
    attachedDevice: int({ description: 'Its place in that server.' }),
  },
  links: {
    virtualmachine: { kind: 'reference', field: 'virtualmachineId' },
    image: { kind: 'reference', field: 'imageId' },
    storagepool: { kind: 'reference', field: 'storagepoolId' },
    snapshot: { kind: 'reference', field: 'snapshotId' },
    snapshots: { kind: 'children', type: 'snapshot', field: 'volumeId' },
    content: { kind: 'content', direction: 'both' },
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
      available: (row) =>
        row.spec.virtualmachineId !== null && !isRootDisk(row.spec) && !isJustAdopted(row),
      apply: () => ({ virtualmachineId: null, device: null }),
    },
    resize: {
      description: 'Make it larger. One that is in a server grows once it is detached.',
      input: {
        sizeGb: int({
          description: 'What the guest is to see, in GiB: no less than now.',
          required: true,
          min: 1,
          max: LARGEST_VOLUME_GB,
        }),
      },
      available: ({ spec }) => !isRootDisk(spec),
      apply: (_volume, { sizeGb }) => ({ sizeGb }),
    },
    snapshot: {
      description: 'Ask for a snapshot of what it holds now.',
      input: { name: string({ description: 'What to call the snapshot.' }) },
      available: ({ spec }) => !isRootDisk(spec),
      apply: () => ({}),
      asksFor: { type: 'snapshot', body: ({ id }, { name }) => ({ volumeId: id, name }) },
    },
    restore: {
      description:
        'Bring back what it held at one of its snapshots. What was written since is gone with it.',
      input: {
        snapshotId: reference('snapshot', { description: 'The snapshot.', required: true }),
      },
      available: ({ spec }) => spec.virtualmachineId === null && !isRootDisk(spec),
      apply: ({ spec }, { snapshotId }) => ({
        restores: restoresAsked(spec) + 1,
        restoredFromId: snapshotId,
      }),
    },
    replace: {
      description:
        'Have it hold what was brought to its link `content`, once all of that is there. What it held is gone with it, but for its snapshots. An upload asks for this by itself.',
      input: {
        uploadId: string({
          description: 'Which upload, by the header `Upload-Id` of its answers.',
          required: true,
          minLength: 1,
          maxLength: 64,
          format: 'upload-id',
        }),
      },
      available: ({ spec }) => spec.virtualmachineId === null && !isRootDisk(spec),
      apply: ({ spec }, { uploadId }) => ({ contents: contentsAsked(spec) + 1, uploadId }),
    },
    move: {
      description:
        'Bring it to another storage pool while it is in no server. It must have no snapshots. Asked again it goes elsewhere, or stays where it is.',
      by: 'administrators',
      input: {
        storagepoolId: reference('storagepool', {
          description: 'The storage pool.',
          required: true,
        }),
      },
      available: ({ spec, status }) => !isRootDisk(spec) && (status.storagepoolId ?? null) !== null,
      apply: ({ spec }, { storagepoolId }) => ({
        moves: movesAsked(spec) + 1,
        movedToId: storagepoolId,
      }),
    },
  },
  lifecycle: {
    states: ['creating', 'active', 'updating', 'restoring', 'moving', 'attaching', 'detaching'],
    moving: (row) => {
      const { observedGeneration, spec, status } = row;
      if (observedGeneration === 0) return 'creating';
      const holder = status.attachedToId ?? null;
      if (isRootDisk(spec)) return 'updating';
      if (holder !== null && holder !== spec.virtualmachineId) return 'detaching';
      if (isRestoring(row)) return 'restoring';
      if (isMoving(row)) return 'moving';
      return spec.virtualmachineId !== null && (status.attachedDevice ?? null) === null
        ? 'attaching'
        : 'updating';
    },
    settled: () => 'active',
  },
  // Joining files that nobody wants any more is the storage driver's own idea, and so is whose the file is for that.
  drift: { 'file.chain': 'expected', 'file.use': 'expected' },
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
