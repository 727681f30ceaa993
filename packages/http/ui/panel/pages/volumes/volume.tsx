import type { TypeView } from '../registry.js';
import { CreateVolume } from './create-volume.js';
import { AttachVolume, ResizeVolume, RestoreVolume, SnapshotVolume } from './volume-forms.js';

/** Volumes: disks that go in and out of servers, grow, and can be brought back. */
export const VOLUME: TypeView = {
  columns: [
    { name: 'name' },
    { name: 'state' },
    { name: 'sizeGb' },
    { name: 'virtualmachineId' },
    { name: 'physicalMb' },
    { name: 'created' },
  ],
  empty: 'empty.volume',
  create: CreateVolume,
  forms: {
    attach: AttachVolume,
    resize: ResizeVolume,
    snapshot: SnapshotVolume,
    restore: RestoreVolume,
  },
  // Bytes are brought to its link `content` by programs.
  ownActions: ['replace'],
  fields: [
    'sizeGb',
    'physicalMb',
    'virtualmachineId',
    'attachedDevice',
    'imageId',
    'snapshotId',
    'storagepoolId',
    'created',
    'id',
  ],
};
