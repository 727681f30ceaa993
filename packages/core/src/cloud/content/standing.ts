import { RequestError } from '../../model/errors.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { isReady } from '../../model/state.js';
import type { StoredDisk } from '../../ports/drivers/storage-content.js';
import { DISK_FILE } from '../disk-file.js';
import { image } from '../image/image.js';
import { snapshot } from '../snapshot/snapshot.js';
import { isRootDisk } from '../volume/devices.js';
import { volume } from '../volume/volume.js';

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

/** Throws Conflict for what is no image that waits for its content. */
export function demandAwaiting(resource: Resource): StoredDisk['key'] {
  if (!isOf(resource, image) || resource.spec.source !== 'upload')
    throw conflict(resource, 'takes no content: only images with the source upload do');
  if (resource.removed !== null || resource.deleteRequestedAt !== null)
    throw conflict(resource, 'is being removed');
  if (resource.observedGeneration > 0) throw conflict(resource, 'has its content already');
  return keyOf(resource);
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
