import { int } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

/** A size of server to choose from, called by its name: `2gb-4cpu`. */
export const offering = defineResourceType({
  id: 'offering',
  plural: 'offerings',
  description: 'A size of server.',
  spec: {
    ramSizeMb: int({
      description: 'Memory in MiB.',
      required: true,
      min: 256,
      max: 16_384,
      write: 'create',
    }),
    cpuCount: int({
      description: 'Virtual processors.',
      required: true,
      min: 1,
      max: 64,
      write: 'create',
    }),
  },
  status: {},
  links: { virtualmachines: { kind: 'children', type: 'virtualmachine', field: 'offering' } },
  access: {
    visibleTo: 'everyone',
    users: ['read'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
  uniqueBy: 'name',
});
