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
  },
  actions: {
    enable: {
      description: 'Let disks be put on it.',
      input: {},
      available: (pool) => !pool.spec.enabled,
      apply: () => ({ enabled: true }),
    },
    disable: {
      description: 'Keep new disks away from it; those on it stay.',
      input: {},
      available: (pool) => pool.spec.enabled,
      apply: () => ({ enabled: false }),
    },
  },
  lifecycle: {
    states: ['creating', 'updating', 'active', 'disabled', 'unreachable'],
    moving: (pool) => (pool.observedGeneration === 0 ? 'creating' : 'updating'),
    settled: (pool) => {
      if (pool.status.live !== true) return 'unreachable';
      return pool.spec.enabled ? 'active' : 'disabled';
    },
  },
  access: { visibleTo: 'own', users: [], administrators: ['read', 'update', 'delete', 'act'] },
  uniqueBy: 'external',
  // A process that was just started does not know what another has done; the next round tells.
  drift: { 'upkeep.*': 'ignore' },
});
