import type { ResourceUuid } from '../../model/identity.js';
import { stall } from '../../model/stall.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { isDivided, type Place, shareOf } from '../storagepool/disk-place.js';
import { placeByVolume } from '../storagepool/place-by-volume.js';
import { volume } from '../volume/volume.js';
import { type FirstNetwork, firstBoot, hasFirstBoot } from './first-boot.js';
import { ROOT_DISK, type virtualmachine } from './virtualmachine.js';

const FILE_PART = 'configFile';
const DISK_PART = 'configDisk';

/** Where config drives are made, and where they are made known. */
export interface ConfigDriveMakers {
  readonly storage: StorageDriver;
  readonly compute: ComputeDriver;
}

/** What a server has in its CD drive: a disk, or nothing. */
type Found =
  | { readonly kind: 'have'; readonly value: ResourceUuid | undefined }
  | { readonly kind: 'end'; readonly outcome: Outcome };

/**
 * A server's config drive, ready to be put in; it goes by the server's own uuid. Made once: names and keys that change
 * later do not reach a server by it.
 */
export async function configDriveOf(
  pass: Pass<typeof virtualmachine>,
  { storage, compute }: ConfigDriveMakers,
  network: FirstNetwork,
): Promise<Found> {
  if (!hasFirstBoot(pass.resource)) return { kind: 'have', value: undefined };
  if (storage.configDrives === undefined) {
    const message = `user data and keys reach no server here: ${storage.name} makes no config drives`;
    return { kind: 'end', outcome: stall('InvalidDesired', message, { code: 'NoConfigDrives' }) };
  }
  const place = await placeByRootDisk(pass, storage);
  if (place.kind === 'end') return place;
  const desired = firstBoot(pass.resource, network);
  const { configDrives = storage.configDrives } = place.drivers;
  const file = await pass.converge(FILE_PART, configDrives, desired);
  if (file.kind === 'unsettled') return { kind: 'end', outcome: file.outcome };
  const disk = await pass.converge(DISK_PART, compute.disks, {
    name: desired.name,
    sizeBytes: file.actual.virtualBytes,
    ...shareOf(place),
  });
  if (disk.kind === 'unsettled') return { kind: 'end', outcome: disk.outcome };
  return { kind: 'have', value: pass.resource.uuid };
}

/** Takes a server's config drive away, once the server is gone. Undefined when nothing of it is left. */
export async function removeConfigDrive(
  pass: Pass<typeof virtualmachine>,
  { storage, compute }: ConfigDriveMakers,
): Promise<Outcome | undefined> {
  if (storage.configDrives !== undefined) {
    const place = await placeByRootDisk(pass, storage);
    if (place.kind === 'end') return place.outcome;
    const { configDrives = storage.configDrives } = place.drivers;
    const file = await pass.dissolve(FILE_PART, configDrives);
    if (file.kind === 'unsettled') return file.outcome;
  }
  // Afterwards, so that a look at the share by the hypervisor can't bring its knowledge back.
  const disk = await pass.dissolve(DISK_PART, compute.disks);
  return disk.kind === 'unsettled' ? disk.outcome : undefined;
}

// Where its root disk is, which comes before it and goes after it: a server then needs one share, not two.
async function placeByRootDisk(
  pass: Pass<typeof virtualmachine>,
  storage: StorageDriver,
): Promise<Place> {
  if (!isDivided(storage)) return { kind: 'have', drivers: storage, pool: undefined };
  const { disk } = await pass.findAll({ disk: { type: volume, role: ROOT_DISK } });
  return placeByVolume(pass, storage, disk);
}
