import type { Resource } from '../../model/resource.js';
import type { ServerDesired } from '../../ports/drivers/compute.js';
import type { Pass } from '../../ports/reconciler.js';
import { ROOT_DEVICE } from '../volume/devices.js';
import { OF_NO_SNAPSHOT, volume } from '../volume/volume.js';
import { type AdoptedDisk, readAdopted } from './adopted.js';
import { ROOT_DISK, SERVER_PART, type virtualmachine } from './virtualmachine.js';

type Server = typeof virtualmachine;

/** The volumes of the disks that it was adopted with; returns the root disk. Those that have left since are not asked back. */
export async function adoptDisks(
  pass: Pass<Server>,
  called: string,
  disks: readonly AdoptedDisk[],
): Promise<Resource<typeof volume> | undefined> {
  const { id, parts } = pass.resource;
  let root: Resource<typeof volume> | undefined;
  for (const { device, volume: uuid, sizeGb } of disks) {
    const isRoot = device === ROOT_DEVICE;
    // Once it is one of ours, its volumes are there, or have been.
    if (!isRoot && parts[SERVER_PART] !== undefined) continue;
    const role = isRoot ? ROOT_DISK : `disk ${device}`;
    const spec = {
      ...OF_NO_SNAPSHOT,
      sizeGb,
      imageId: null,
      virtualmachineId: id,
      device,
      adopted: true,
    };
    const disk = await pass.ensureChild(volume, role, { uuid, name: `${called} ${role}`, spec });
    if (isRoot) root = disk;
  }
  return root;
}

/**
 * A volume of an adopted server that the server has not noted down yet. One that is not marked yet is described whole
 * before it is: no driver then takes a disk of it for one too many.
 */
export async function adoptedDiskToCome(
  pass: Pass<Server>,
  noted: ServerDesired['disks'],
): Promise<Resource<typeof volume> | undefined> {
  const { spec, parts } = pass.resource;
  const adopted = readAdopted(spec.adopted);
  if (adopted === undefined || parts[SERVER_PART] !== undefined) return undefined;
  const theirs = await pass.children(volume, 'virtualmachineId');
  return theirs.find(
    ({ uuid, ...row }) =>
      row.spec.device !== ROOT_DEVICE &&
      row.deleteRequestedAt === null &&
      adopted.disks.some((disk) => disk.volume === uuid) &&
      !noted.some((disk) => disk.volume === uuid),
  );
}
