import { RequestError } from '../../model/errors.js';
import type { Resource } from '../../model/resource.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { StorageContent } from '../../ports/drivers/storage-content.js';
import type { Store } from '../../ports/store.js';
import { isDivided, placeOn } from '../storagepool/disk-place.js';
import { storagepool } from '../storagepool/storagepool.js';
import { volume } from '../volume/volume.js';

/**
 * The way to the bytes of a disk, on the share that it is on. Throws RequestError: ContentNotHere where there is none in
 * this process, Conflict while the disk has been put on no share yet.
 */
export async function contentOnShare(
  storage: StorageDriver,
  store: Pick<Store, 'find'>,
  resource: Resource,
): Promise<StorageContent> {
  const { content } = isDivided(storage) ? await shareOf(storage, store, resource) : storage;
  if (content !== undefined) return content;
  throw new RequestError(
    'ContentNotHere',
    'this process can’t reach the bytes of disks: its storage driver has no way to them, or runs in a driver host',
  );
}

async function shareOf(
  storage: StorageDriver,
  store: Pick<Store, 'find'>,
  resource: Resource,
): Promise<Pick<StorageDriver, 'content'>> {
  const id = await poolIdOf(store, resource);
  const pool =
    typeof id === 'string' ? await store.find({ kind: 'all' }, storagepool, id) : undefined;
  const place = placeOn(storage, pool as Resource<typeof storagepool> | undefined, String(id));
  if (place.kind === 'have') return place.drivers;
  const { type, id: own } = resource;
  throw new RequestError('Conflict', `${type} ${own} is on no storage pool yet`);
}

// A snapshot of a volume is on the share of that.
async function poolIdOf(store: Pick<Store, 'find'>, { spec, status }: Resource): Promise<unknown> {
  const { volumeId } = spec as { readonly volumeId?: unknown };
  if (typeof volumeId !== 'string') return status['storagepoolId'];
  const of = await store.find({ kind: 'all' }, volume, volumeId);
  return of?.status['storagepoolId'];
}
