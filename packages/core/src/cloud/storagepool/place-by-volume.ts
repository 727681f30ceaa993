import type { Resource } from '../../model/resource.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Pass } from '../../ports/reconciler.js';
import type { volume } from '../volume/volume.js';
import { isDivided, type Place, placeOn } from './disk-place.js';
import { storagepool } from './storagepool.js';

/** Where a volume is, for what is kept beside it. Wherever it is, where that is not noted down, or there is no volume. */
export async function placeByVolume(
  pass: Pick<Pass, 'find'>,
  storage: StorageDriver,
  of: Resource<typeof volume> | undefined,
): Promise<Place> {
  const id = of?.status.storagepoolId;
  if (!isDivided(storage) || typeof id !== 'string')
    return { kind: 'have', drivers: storage, pool: undefined };
  return placeOn(storage, await pass.find(storagepool, id), id);
}
