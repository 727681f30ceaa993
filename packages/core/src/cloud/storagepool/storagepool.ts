import { boolean, int, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

/** A share that holds disks. Found by taking stock, never asked for. */
export const storagepool = defineResourceType({
  id: 'storagepool',
  plural: 'storagepools',
  description: 'A share that holds disks.',
  spec: {
    external: string({
      description: 'What its driver calls it.',
      required: true,
      write: 'internal',
    }),
    enabled: boolean({ description: 'Whether new disks may be put on it.', default: true }),
    maintenance: boolean({
      description: 'Whether nothing on it is to be made, changed or removed.',
      default: false,
      write: 'internal',
    }),
    overcommit: int({
      description:
        'How many times its capacity disks may be promised in all, by their sizes as guests see them. Without it: any number of times.',
      min: 1,
      max: 1_000,
    }),
  },
  status: {
    live: boolean({ description: 'Whether it can be read and written.' }),
    problem: string({ description: 'Why it is not live, in words.', maxLength: 1024 }),
    advice: string({
      description: 'What the operator of the pool has to change for its disks to be safe.',
      maxLength: 1024,
    }),
    capacityGb: int({ description: 'How much it holds in all, in GiB.' }),
    usedGb: int({ description: 'How much of it is taken, in GiB.' }),
    freeGb: int({ description: 'How much of it is free, in GiB.' }),
    promisedGb: int({
      description:
        'What the disks on it would take if they were full, in GiB; null where there is only one share.',
    }),
    weight: int({
      description: 'How full it may get against the others: 2 gets twice as full as 1.',
    }),
  },
  links: {
    volumes: { kind: 'children', type: 'volume', field: 'storagepoolId' },
    images: { kind: 'children', type: 'image', field: 'storagepoolId' },
    imagecopies: { kind: 'children', type: 'imagecopy', field: 'storagepoolId' },
  },
  actions: {
    enable: {
      description: 'Let disks be put on it. Ends a maintenance.',
      input: {},
      available: ({ spec }) => !spec.enabled || spec.maintenance,
      apply: () => ({ enabled: true, maintenance: false }),
    },
    disable: {
      description:
        'Keep new disks away from it; those on it stay, and volumes can be moved to other pools.',
      input: {},
      available: ({ spec }) => spec.enabled || spec.maintenance,
      apply: () => ({ enabled: false, maintenance: false }),
    },
    maintain: {
      description:
        'Leave it alone while its server is worked on: no new disks, and nothing on it is made, changed or removed. Servers go on with the disks that they have. Volumes that are needed meanwhile are moved away before: disable it, and move them.',
      input: {},
      available: ({ spec }) => !spec.maintenance,
      apply: () => ({ enabled: false, maintenance: true }),
    },
  },
  lifecycle: {
    states: ['creating', 'updating', 'active', 'disabled', 'maintenance', 'unreachable'],
    moving: (pool) => (pool.observedGeneration === 0 ? 'creating' : 'updating'),
    settled: (pool) => {
      if (pool.spec.maintenance) return 'maintenance';
      if (pool.status.live !== true) return 'unreachable';
      return pool.spec.enabled ? 'active' : 'disabled';
    },
  },
  access: { visibleTo: 'own', users: [], administrators: ['read', 'update', 'delete', 'act'] },
  uniqueBy: 'external',
  // A process that was just started does not know what another has done; the next round tells.
  drift: { 'upkeep.*': 'ignore' },
});
