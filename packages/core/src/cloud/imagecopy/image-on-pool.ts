import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { DISK_FILE } from '../disk-file.js';
import type { image } from '../image/image.js';
import { type DiskOrigin, poolName } from '../storagepool/choose-pool.js';
import { isDivided } from '../storagepool/disk-place.js';
import type { storagepool } from '../storagepool/storagepool.js';
import type { volume } from '../volume/volume.js';
import { waitFor } from '../wait-for.js';
import { imageCopyUuid, imagecopy } from './imagecopy.js';

type Image = Resource<typeof image>;

/** How soon to see whether an image was found; milliseconds. */
const FINDING_PAUSE = 2_000;
/** MiB of a GiB. */
const MB_PER_GB = 1024;

/** The file of an image that a volume is to read from, or how its pass ends before it is there. */
export type ImageFile =
  | { readonly kind: 'have'; readonly uuid: ResourceUuid }
  | { readonly kind: 'end'; readonly outcome: Outcome };

/**
 * The image's file on the share that a volume is on. Where the image was made elsewhere that is a copy, which the volume
 * asks for and waits for. What was made already reads from it, and asks no more.
 */
export async function imageOnPool(
  pass: Pass<typeof volume>,
  origin: Image,
  pool: Resource<typeof storagepool> | undefined,
): Promise<ImageFile> {
  if (pool === undefined || origin.status.storagepoolId === pool.id)
    return { kind: 'have', uuid: origin.uuid };
  const uuid = imageCopyUuid(origin.uuid, pool.uuid);
  if (pass.resource.parts[DISK_FILE]?.state === 'recorded') return { kind: 'have', uuid };
  const copy = await pass.ensureChild(imagecopy, `image ${origin.id}`, {
    uuid,
    account: origin.account,
    name: origin.name,
    spec: { imageId: origin.id, storagepoolId: pool.id },
  });
  return isReady(copy)
    ? { kind: 'have', uuid }
    : {
        kind: 'end',
        outcome: waitFor(pass, `the copy of image ${origin.id} on ${poolName(pool)}`, copy),
      };
}

/**
 * How a pass ends before it is known on which share an image of the days of one share is; undefined where it is. It is
 * asked to look.
 */
export async function imageToFind(
  pass: Pass<typeof volume>,
  storage: StorageDriver,
  origin: Image | undefined,
): Promise<Outcome | undefined> {
  if (!isDivided(storage) || origin === undefined) return undefined;
  if (typeof origin.status.storagepoolId === 'string') return undefined;
  if (pass.resource.parts[DISK_FILE]?.state === 'recorded') return undefined;
  await pass.wake(origin);
  const message = `waiting for image ${origin.id} to say on which storage pool it is`;
  return { kind: 'wait', on: 'dependency', afterMs: FINDING_PAUSE, message };
}

/** Where an image is, and what it takes on one more share. */
export async function whereImageIs(
  pass: Pass<typeof volume>,
  { id, status }: Image,
): Promise<DiskOrigin> {
  const copies = (await pass.all(imagecopy)).filter(
    (copy) => copy.spec.imageId === id && isReady(copy),
  );
  return {
    pools: [
      ...(typeof status.storagepoolId === 'string' ? [status.storagepoolId] : []),
      ...copies.map(({ spec }) => spec.storagepoolId),
    ],
    copyGb: Math.ceil((status.physicalMb ?? 0) / MB_PER_GB),
  };
}
