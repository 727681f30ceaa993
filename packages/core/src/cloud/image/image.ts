import { enumeration, int, reference, string } from '../../model/field.js';
import type { Resource } from '../../model/resource.js';
import { defineResourceType } from '../../model/resource-type.js';

/** The largest an image may be, in GiB: the root disk of a server is as large as its image. */
export const LARGEST_IMAGE_GB = 40;

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
      description:
        'What the guest sees, in GiB. May be left out for content that is imported: it is then as large as that needs.',
      min: 1,
      max: LARGEST_IMAGE_GB,
      example: 10,
      suggested: true,
      write: 'create',
    }),
    source: enumeration(['generated', 'url', 'upload'], {
      description:
        'Where its content comes from: a stand-in without a system, the place that `sourceUrl` names, or a client that brings it to the link `content`.',
      default: 'generated',
      write: 'create',
    }),
    sourceUrl: string({
      description: 'Where the content is fetched from, once: `https` or `http`, without a user.',
      write: 'create',
      minLength: 8,
      maxLength: 4096,
      filter: 'never',
    }),
    sourceFormat: enumeration(['auto', 'raw', 'vhd', 'qcow2', 'vmdk'], {
      description: 'What the content is; `auto` looks at it.',
      default: 'auto',
      write: 'create',
    }),
    checksum: string({
      description:
        'SHA-256 of the content, 64 hexadecimal digits. Content that differs never becomes an image.',
      write: 'create',
      minLength: 64,
      maxLength: 64,
      validChars: 'a-fA-F0-9',
    }),
  },
  status: {
    physicalMb: int({ description: 'What it takes on the share, in MiB.' }),
    virtualGb: int({ description: 'What the guest sees, in GiB, once it is there.' }),
    contentChecksum: string({
      description: 'SHA-256 of the content it was imported from; null for one that was not.',
    }),
    storagepoolId: reference('storagepool', {
      description: 'The storage pool it was made on; null where there is only one.',
    }),
  },
  links: {
    virtualmachines: { kind: 'children', type: 'virtualmachine', field: 'imageId' },
    copies: { kind: 'children', type: 'imagecopy', field: 'imageId' },
    storagepool: { kind: 'reference', field: 'storagepoolId' },
    content: { kind: 'content', direction: 'both' },
  },
  access: {
    visibleTo: 'everyone',
    users: ['read'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});

/** How large an image is, in GiB; undefined while nobody knows. */
export function imageGb({ spec, status }: Resource<typeof image>): number | undefined {
  return spec.sizeGb ?? status.virtualGb ?? undefined;
}
