import { enumeration, int, json, map } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { ACCOUNT_TRAFFIC } from '../usage/traffic-questions.js';

/** Whose resources are whose. Administrators see and may do everything. */
export const account = defineResourceType({
  id: 'account',
  plural: 'accounts',
  description: 'A customer of this cloud, or an administrator.',
  spec: {
    kind: enumeration(['user', 'admin'], {
      description: 'What it may do.',
      default: 'user',
      write: 'create',
    }),
    limits: map(int({ description: 'How many at most.', required: true, min: 0 }), {
      description: 'How much it may have at a time, by kind of thing.',
      default: {},
    }),
  },
  status: {},
  questions: {
    traffic: ACCOUNT_TRAFFIC,
    storage: {
      description:
        'What it keeps on shares: as guests see it, and what it takes there. What several disks read from is counted once, where it is kept.',
      input: {},
      output: {
        logicalGb: int({
          description: 'What guests see, root disks and snapshots included, in GiB.',
        }),
        physicalMb: int({ description: 'What it takes, as it was last looked at, in MiB.' }),
        volumes: json({ description: 'Of volumes: `count`, `logicalGb`, `physicalMb`.' }),
        snapshots: json({ description: 'The same of snapshots.' }),
        images: json({ description: 'The same of images of its own.' }),
      },
      verb: 'read',
      available: ({ removed, deleteRequestedAt }) => removed === null && deleteRequestedAt === null,
    },
  },
  access: {
    visibleTo: 'own',
    users: ['read'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});
