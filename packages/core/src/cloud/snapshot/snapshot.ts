import { date, enumeration, int, reference } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

/**
 * What the disks of a server held at one moment. It stays as it was taken, and its server stays as long as it is there.
 *
 * Snapshots of single volumes are to be of this type too: a reference `volumeId` beside `virtualmachineId`, of which
 * SNAPSHOT_HOOKS demand exactly one, and a part of its own in the reconciler. That is why `virtualmachineId` may be
 * null for whoever reads one.
 */
export const snapshot = defineResourceType({
  id: 'snapshot',
  plural: 'snapshots',
  description: 'What disks held at one moment.',
  spec: {
    virtualmachineId: reference('virtualmachine', {
      description:
        'The server whose disks it holds, all of one moment. The server can’t be removed before it.',
      write: 'create',
    }),
  },
  status: {
    sizeGb: int({ description: 'What its disks are large together, as guests see them; in GiB.' }),
    consistency: enumeration(['quiesced', 'crash', 'offline'], {
      description:
        'What its disks are like: `quiesced` (the guest had written everything down), `crash` (as after a loss of power), `offline` (the server was off).',
    }),
    takenAt: date({ description: 'The moment, by the clock of the hypervisor.' }),
  },
  links: {
    virtualmachine: { kind: 'reference', field: 'virtualmachineId' },
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
