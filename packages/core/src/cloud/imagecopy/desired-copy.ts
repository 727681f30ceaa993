import { asExternalId } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ImageDesired } from '../../ports/drivers/storage.js';
import type { image } from '../image/image.js';
import { bytesOfGb } from '../sizes.js';
import type { storagepool } from '../storagepool/storagepool.js';

/** What a copy of an image is to be like; undefined while nobody knows where the image is. */
export function desiredCopy(
  { uuid, id, name, spec }: Resource<typeof image>,
  home: Resource<typeof storagepool> | undefined,
): ImageDesired | undefined {
  if (home === undefined) return undefined;
  return {
    name: `copy of ${name ?? `image ${id}`}`,
    sizeBytes: bytesOfGb(spec.sizeGb),
    source: { kind: 'copy', image: uuid, share: asExternalId(home.spec.external) },
  };
}
