import { boolean, date, enumeration, int, string } from '../../model/field.js';
import type { Resource } from '../../model/resource.js';
import { defineResourceType } from '../../model/resource-type.js';

/**
 * An object outside that carries our stamp and belongs to no live resource. Found by sweeping, never asked for. What
 * `spec` knows of it is written by sweeps; deleting the resource forgets it and changes nothing outside.
 */
export const orphan = defineResourceType({
  id: 'orphan',
  plural: 'orphans',
  description: 'An object of ours outside that no resource owns. Deleting it here only forgets it.',
  spec: {
    key: string({
      description: 'Its driver and its name there.',
      required: true,
      write: 'internal',
    }),
    driver: string({ description: 'The driver that lists it.', required: true, write: 'internal' }),
    external: string({
      description: 'What its backend calls it.',
      required: true,
      write: 'internal',
    }),
    objectUuid: string({
      description: 'The uuid of the resource it was made for.',
      required: true,
      write: 'internal',
    }),
    epoch: int({
      description: 'Which making of that resource it is.',
      required: true,
      write: 'internal',
    }),
    disposition: enumeration(['policy', 'report', 'quarantine', 'reap'], {
      description:
        'What is to become of it: what the cloud’s policy says, or what an administrator chose.',
      default: 'policy',
      write: 'internal',
    }),
    sightedAt: date({
      description: 'When a sweep last found it.',
      required: true,
      write: 'internal',
    }),
  },
  status: {
    why: string({ description: 'Why nobody owns it, in words.', maxLength: 1024 }),
    firstSeenAt: date({ description: 'When it was first looked at after a sweep found it.' }),
    lastSeenAt: date({ description: 'The last sweep that found it and that a look confirmed.' }),
    sightings: int({ description: 'How many sweeps found it.' }),
    holdsData: boolean({ description: 'Whether it may hold data of users.' }),
    quarantinedAt: date({ description: 'Since when it is set aside.' }),
  },
  actions: {
    quarantine: {
      description: 'Set it aside: stopped and under another name, to be brought back by hand.',
      input: {},
      available: (object) =>
        object.spec.disposition !== 'quarantine' && typeof object.status.quarantinedAt !== 'number',
      apply: () => ({ disposition: 'quarantine' as const }),
    },
    reap: {
      description: 'Remove it for good. What may hold data must be in quarantine first.',
      input: {},
      available: (object) =>
        object.spec.disposition !== 'reap' &&
        (typeof object.status.quarantinedAt === 'number' || object.status.holdsData === false),
      apply: () => ({ disposition: 'reap' as const }),
    },
    ignore: {
      description: 'Leave it as it is, whatever the policy says.',
      input: {},
      available: (object) => object.spec.disposition !== 'report',
      apply: () => ({ disposition: 'report' as const }),
    },
  },
  lifecycle: {
    states: ['sighted', 'handling', 'reported', 'quarantined'],
    moving: (object) => ((object.status.sightings ?? 0) < 2 ? 'sighted' : 'handling'),
    settled: (object) =>
      typeof object.status.quarantinedAt === 'number' ? 'quarantined' : 'reported',
  },
  access: { visibleTo: 'own', users: [], administrators: ['read', 'update', 'delete', 'act'] },
  uniqueBy: 'key',
});

/** The row of an orphan, with its fields typed. Throws on a row of another type. */
export function asOrphan(row: Resource): Resource<typeof orphan> {
  if (row.type !== orphan.id) throw new TypeError(`${row.type} ${row.id} is no orphan`);
  return row as Resource<typeof orphan>;
}
