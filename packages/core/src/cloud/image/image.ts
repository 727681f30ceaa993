import { enumeration, int, reference } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

/** What servers are made from. Read-only once made. */
export const image = defineResourceType({
  id: 'image',
  plural: 'images',
  description: 'A disk to make servers from.',
  spec: {
    osType: enumeration(['linux', 'windows'], {
      description: 'The guest.',
      required: true,
      write: 'create',
    }),
    bootMode: enumeration(['pvgrub', 'pygrub', 'hvm'], {
      description: 'How the hypervisor starts it.',
      required: true,
      write: 'create',
    }),
    sizeGb: int({
      description: 'What the guest sees, in GiB.',
      required: true,
      min: 1,
      max: 40,
      write: 'create',
    }),
    source: enumeration(['generated'], {
      description: 'Where its content comes from.',
      default: 'generated',
      write: 'create',
    }),
  },
  status: {
    physicalMb: int({ description: 'What it takes on the share, in MiB.' }),
    storagepoolId: reference('storagepool', {
      description: 'The storage pool it was made on; null where there is only one.',
    }),
  },
  links: {
    virtualmachines: { kind: 'children', type: 'virtualmachine', field: 'imageId' },
    copies: { kind: 'children', type: 'imagecopy', field: 'imageId' },
    storagepool: { kind: 'reference', field: 'storagepoolId' },
  },
  access: {
    visibleTo: 'everyone',
    users: ['read'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});
