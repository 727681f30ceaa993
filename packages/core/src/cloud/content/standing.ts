import { RequestError } from '../../model/errors.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { isReady } from '../../model/state.js';
import type {
  ContentFormat,
  ReceivedContent,
  ReceivingVolume,
  StoredDisk,
} from '../../ports/drivers/storage-content.js';
import { DISK_FILE } from '../disk-file.js';
import { image } from '../image/image.js';
import { bytesOfGb } from '../sizes.js';
import { snapshot } from '../snapshot/snapshot.js';
import { isRootDisk } from '../volume/devices.js';
import { obstacleToContent, REPLACE } from '../volume/uploads.js';
import { volume } from '../volume/volume.js';
import type { BroughtContent } from './contents.js';

/**
 * Which disk may be read for a resource now. Throws Conflict for one that is not as asked yet, or that a server has or
 * may have: what it writes meanwhile would be half in what is read.
 */
export function readableDisk(resource: Resource): StoredDisk {
  if (resource.removed !== null || resource.deleteRequestedAt !== null)
    throw conflict(resource, 'is being removed');
  if (!isReady(resource)) throw conflict(resource, 'is not as asked yet');
  if (isOf(resource, image)) return { kind: 'image', key: keyOf(resource) };
  if (isOf(resource, volume)) {
    const { spec, status } = resource;
    if (isRootDisk(spec))
      throw conflict(resource, 'is the root disk of a server: take a snapshot of the server');
    if (spec.virtualmachineId !== null || (status.attachedToId ?? null) !== null)
      throw conflict(resource, 'is in a server: detach it, or take a snapshot of it');
    return { kind: 'volume', key: keyOf(resource) };
  }
  if (isOf(resource, snapshot) && typeof resource.spec.volumeId === 'string')
    return { kind: 'snapshot', key: keyOf(resource) };
  throw conflict(resource, 'has no content that could be read: only snapshots of volumes have');
}

/** Throws Conflict for what is no image that waits for its content, and no volume. */
export function demandAwaiting(resource: Resource): StoredDisk['key'] {
  if (isOf(resource, volume) && resource.removed === null) return keyOf(resource);
  if (!isOf(resource, image) || resource.spec.source !== 'upload')
    throw conflict(resource, 'takes no content: only volumes and images with the source upload do');
  if (resource.removed !== null || resource.deleteRequestedAt !== null)
    throw conflict(resource, 'is being removed');
  if (resource.observedGeneration > 0) throw conflict(resource, 'has its content already');
  return keyOf(resource);
}

/**
 * Who takes content now. Throws Conflict as {@link demandAwaiting} does, and for a volume that is not free and as asked:
 * it is told before it brings all of it that it could not be given to it.
 */
export function demandReceiving(
  resource: Resource,
  format: ContentFormat,
): { readonly key: StoredDisk['key']; readonly volume: ReceivingVolume | undefined } {
  const key = demandAwaiting(resource);
  if (!isOf(resource, volume)) return { key, volume: undefined };
  if (resource.deleteRequestedAt !== null) throw conflict(resource, 'is being removed');
  const obstacle = obstacleToContent(resource);
  if (obstacle !== undefined) throw conflict(resource, obstacle);
  if (!isReady(resource)) throw conflict(resource, 'is not as asked yet: ask again once it is');
  return { key, volume: { sizeBytes: bytesOfGb(resource.spec.sizeGb), format } };
}

/** What has come of content, and what is to be asked for then. */
export function brought(resource: Resource, received: ReceivedContent): BroughtContent {
  const { id } = received;
  if (!isOf(resource, volume) || id === undefined || id === resource.spec.uploadId) return received;
  return { ...received, next: { action: REPLACE, input: { uploadId: id } } };
}

function keyOf({ uuid, parts }: Resource): StoredDisk['key'] {
  const part = parts[DISK_FILE];
  return { uuid, epoch: part?.epoch ?? 1, external: part?.external ?? undefined };
}

// The type says which document a row holds.
function isOf<T extends ResourceType>(resource: Resource, type: T): resource is Resource<T> {
  return resource.type === type.id;
}

function conflict({ type, id }: Resource, why: string): RequestError {
  return new RequestError('Conflict', `${type} ${id} ${why}`);
}
