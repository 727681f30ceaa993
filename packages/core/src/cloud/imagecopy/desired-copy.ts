import { asExternalId } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ImageDesired } from '../../ports/drivers/storage.js';
import { type image, imageGb } from '../image/image.js';
import { bytesOfGb } from '../sizes.js';
import type { storagepool } from '../storagepool/storagepool.js';

/** What a copy of an image is to be like; undefined while nobody knows where the image is, or how large. */
export function desiredCopy(
  row: Resource<typeof image>,
  home: Resource<typeof storagepool> | undefined,
): ImageDesired | undefined {
  const sizeGb = imageGb(row);
  if (home === undefined || sizeGb === undefined) return undefined;
  const { uuid, id, name } = row;
  return {
    name: `copy of ${name ?? `image ${id}`}`,
    sizeBytes: bytesOfGb(sizeGb),
    source: { kind: 'copy', image: uuid, share: asExternalId(home.spec.external) },
  };
}
