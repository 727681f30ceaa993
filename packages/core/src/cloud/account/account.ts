import { enumeration, int, json, map } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { VERIFY_AUDIT } from '../auditrecord/verify-question.js';
import { ACCOUNT_TRAFFIC } from '../usage/traffic-questions.js';

/** Whose resources are whose. Administrators see and may do everything; auditors see it and may do nothing. */
export const account = defineResourceType({
  id: 'account',
  plural: 'accounts',
  description: 'A customer of this cloud, an administrator, or an auditor.',
  spec: {
    kind: enumeration(['user', 'admin', 'auditor'], {
      description:
        'What it may do: a user what is its own, an admin everything; an auditor reads everything and changes nothing.',
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
    verifyaudit: VERIFY_AUDIT,
    traffic: ACCOUNT_TRAFFIC,
    usage: {
      description: 'How much it has of what it may have only so much of, and how much it may have.',
      input: {},
      output: {
        used: map(int({ description: 'So much.', required: true }), {
          description: 'What it has at this moment, by kind of thing.',
        }),
        limits: map(int({ description: 'So much at most.', required: true }), {
          description:
            'What it may have: its own limits, then those of the cloud. What is not named has none.',
        }),
      },
      verb: 'read',
      available: ({ removed, deleteRequestedAt }) => removed === null && deleteRequestedAt === null,
    },
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
