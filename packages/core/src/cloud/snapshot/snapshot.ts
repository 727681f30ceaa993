import { date, enumeration, int, reference } from '../../model/field.js';
import type { Resource } from '../../model/resource.js';
import { defineResourceType } from '../../model/resource-type.js';
import { DISK_FILE } from '../disk-file.js';

/**
 * The part of a server's snapshot in the outside world: what the hypervisor keeps of its disks. One of a volume has it too
 * while it is made of what the hypervisor copied.
 */
export const TAKEN_PART = 'taken';

/** Whether a snapshot of a volume is there, as far as is recorded. */
export function isTaken(row: Pick<Resource, 'parts'> | undefined): boolean {
  return row?.parts[DISK_FILE]?.state === 'recorded';
}

/**
 * What the disks of a server, or a single volume, held at one moment. It stays as it was taken, and what it was taken of
 * stays as long as it is there.
 */
export const snapshot = defineResourceType({
  id: 'snapshot',
  plural: 'snapshots',
  description: 'What a server’s disks, or a volume, held at one moment.',
  spec: {
    virtualmachineId: reference('virtualmachine', {
      description:
        'The server whose disks it holds, all of one moment. The server can’t be removed before it.',
      write: 'create',
    }),
    volumeId: reference('volume', {
      description:
        'The volume it holds; instead of a server. The volume can’t be removed before it.',
      suggested: true,
      write: 'create',
    }),
  },
  status: {
    sizeGb: int({ description: 'What its disks are large together, as guests see them; in GiB.' }),
    physicalMb: int({ description: 'What a volume’s takes on the share, in MiB.' }),
    consistency: enumeration(['quiesced', 'crash', 'offline'], {
      description:
        'What its disks are like: `quiesced` (the guest had written everything down), `crash` (as after a loss of power: the server went on writing), `offline` (the server was off, or the volume in none).',
    }),
    takenAt: date({ description: 'The moment, by the clock of the hypervisor or the share.' }),
  },
  links: {
    virtualmachine: { kind: 'reference', field: 'virtualmachineId' },
    volume: { kind: 'reference', field: 'volumeId' },
    volumes: { kind: 'children', type: 'volume', field: 'snapshotId' },
    content: { kind: 'content', direction: 'download' },
  },
  lifecycle: {
    states: ['creating', 'active', 'updating'],
    moving: ({ observedGeneration }) => (observedGeneration === 0 ? 'creating' : 'updating'),
    settled: () => 'active',
  },
  quota: () => [{ className: 'snapshots', amount: 1 }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});
