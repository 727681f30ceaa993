import type { ResourceUuid } from '../../model/identity.js';
import { SecretUnreadable } from '../../model/secret-unreadable.js';
import { stall } from '../../model/stall.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { isDivided, type Place, shareOf } from '../storagepool/disk-place.js';
import { placeByVolume } from '../storagepool/place-by-volume.js';
import { volume } from '../volume/volume.js';
import { type FirstNetwork, firstBoot, hasFirstBoot } from './first-boot.js';
import type { Step } from './step.js';
import { ROOT_DISK, SERVER_PART, type virtualmachine } from './virtualmachine.js';

const FILE_PART = 'configFile';
const DISK_PART = 'configDisk';

/** Where config drives are made, and where they are made known. */
export interface ConfigDriveMakers {
  readonly storage: StorageDriver;
  readonly compute: ComputeDriver;
}

/** What a server has in its CD drive: a disk, or nothing. */
type Found = Step<ResourceUuid | undefined>;

/**
 * A server's config drive, ready to be put in; it goes by the server's own uuid. Made once: names and keys that change
 * later do not reach a server by it. A server that was made with it has it still where its user data can't be read any
 * more; of any other that throws SecretUnreadable.
 */
export async function configDriveOf(
  pass: Pass<typeof virtualmachine>,
  { storage, compute }: ConfigDriveMakers,
  network: FirstNetwork,
): Promise<Found> {
  const userData = toldAtFirstBoot(pass);
  if (userData === 'told') return { kind: 'have', value: pass.resource.uuid };
  if (!hasFirstBoot(pass.resource, userData.text)) return { kind: 'have', value: undefined };
  if (storage.configDrives === undefined) {
    const message = `user data and keys reach no server here: ${storage.name} makes no config drives`;
    return { kind: 'end', outcome: stall('InvalidDesired', message, { code: 'NoConfigDrives' }) };
  }
  const place = await placeByRootDisk(pass, storage);
  if (place.kind === 'end') return place;
  const desired = firstBoot(pass.resource, userData.text, network);
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

// A key that is lost must not hold a server back for good that has long read what it was told: it is to be started,
// changed and moved as any other.
function toldAtFirstBoot(
  pass: Pass<typeof virtualmachine>,
): 'told' | { readonly text: string | null } {
  const { parts } = pass.resource;
  try {
    return { text: pass.open(pass.resource, 'userData') };
  } catch (thrown) {
    const wasMade = [SERVER_PART, DISK_PART].every((part) => parts[part]?.state === 'recorded');
    if (thrown instanceof SecretUnreadable && wasMade) return 'told';
    throw thrown;
  }
}

/** Takes the file of a server's config drive away, once the server is gone. Undefined when it is not there. */
export async function removeConfigDrive(
  pass: Pass<typeof virtualmachine>,
  { storage }: Pick<ConfigDriveMakers, 'storage'>,
): Promise<Outcome | undefined> {
  if (storage.configDrives === undefined) return undefined;
  const place = await placeByRootDisk(pass, storage);
  if (place.kind === 'end') return place.outcome;
  const { configDrives = storage.configDrives } = place.drivers;
  const file = await pass.dissolve(FILE_PART, configDrives);
  return file.kind === 'unsettled' ? file.outcome : undefined;
}

/**
 * Takes what the hypervisor knows of a server's config drive away. Afterwards, so that a look at the share can't bring it
 * back; and it may have looked for the sake of another disk, and know one that it was never told of.
 */
export async function forgetConfigDrive(
  pass: Pass<typeof virtualmachine>,
  { storage, compute }: ConfigDriveMakers,
): Promise<Outcome | undefined> {
  const unrecorded = storage.configDrives === undefined ? 'never made' : 'maybe there';
  const disk = await pass.dissolve(DISK_PART, compute.disks, unrecorded);
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
