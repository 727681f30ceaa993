import { int, reference } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

/** A disk. A server's root disk belongs to its server and goes with it. */
export const volume = defineResourceType({
  id: 'volume',
  plural: 'volumes',
  description: 'A disk for servers.',
  spec: {
    sizeGb: int({
      description: 'What the guest sees, in GiB.',
      required: true,
      min: 1,
      max: 1_200,
      write: 'create',
    }),
    imageId: reference('image', { description: 'What it is a thin copy of.', write: 'create' }),
    virtualmachineId: reference('virtualmachine', {
      description: 'The server it is in.',
      write: 'internal',
      role: 'belongs',
    }),
    device: int({
      description: 'Its place in the server; 0 is the root disk.',
      write: 'internal',
      min: 0,
      max: 15,
    }),
  },
  status: {
    physicalMb: int({ description: 'What it takes on the share, in MiB.' }),
  },
  links: {
    virtualmachine: { kind: 'reference', field: 'virtualmachineId' },
    image: { kind: 'reference', field: 'imageId' },
  },
  // A root disk is part of its server, and its server's to answer for.
  quota: ({ device, sizeGb }) =>
    device === 0
      ? []
      : [
          { className: 'volumes', amount: 1 },
          { className: 'volumeGb', amount: sizeGb, fieldName: 'sizeGb' },
        ],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});
