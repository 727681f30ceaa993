import { childUuid } from '../../model/child-uuid.js';
import { int, reference } from '../../model/field.js';
import type { ResourceUuid } from '../../model/identity.js';
import { defineResourceType } from '../../model/resource-type.js';

/**
 * An image on one more share, where volumes are thin copies of it. A resource of its own: it has a place of its own, may
 * wait for a share that is away while the others do not, and its file needs a name of its own, because a hypervisor
 * knows disks by their names whatever repository they are in. Asked for by the first volume that needs it.
 */
export const imagecopy = defineResourceType({
  id: 'imagecopy',
  plural: 'imagecopies',
  description: 'An image on one more storage pool.',
  spec: {
    imageId: reference('image', {
      description: 'The image.',
      required: true,
      write: 'internal',
      role: 'belongs',
    }),
    storagepoolId: reference('storagepool', {
      description: 'Where the copy is.',
      required: true,
      write: 'internal',
    }),
  },
  status: { physicalMb: int({ description: 'What it takes on the share, in MiB.' }) },
  links: {
    image: { kind: 'reference', field: 'imageId' },
    storagepool: { kind: 'reference', field: 'storagepoolId' },
  },
  lifecycle: {
    states: ['creating', 'updating', 'active'],
    moving: ({ observedGeneration }) => (observedGeneration === 0 ? 'creating' : 'updating'),
    settled: () => 'active',
  },
  access: { visibleTo: 'own', users: [], administrators: ['read', 'act'] },
});

/** The identity of an image's copy on a share: the same whoever asks for it, and known before it is there. */
export function imageCopyUuid(image: ResourceUuid, pool: ResourceUuid): ResourceUuid {
  return childUuid(image, `copy on ${pool}`);
}
