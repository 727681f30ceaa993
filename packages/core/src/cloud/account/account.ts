import { enumeration, int, map } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

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
  access: {
    visibleTo: 'own',
    users: ['read'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});
