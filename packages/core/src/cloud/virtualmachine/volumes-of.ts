import type { Resource } from '../../model/resource.js';
import type { ServerDisk } from '../../ports/drivers/compute.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { type Devices, isRootDisk, placesFor } from '../volume/devices.js';
import { isRestoring } from '../volume/restores.js';
import { isReplacing } from '../volume/uploads.js';
import { volume } from '../volume/volume.js';
import type { virtualmachine } from './virtualmachine.js';

type Server = typeof virtualmachine;
type Volume = Resource<typeof volume>;

/** The volumes of a server beside its root disk. */
export type VolumesOf =
  | {
      readonly kind: 'have';
      /** Those that are to be in it, with places that it has noted down. */
      readonly disks: readonly ServerDisk[];
      /** What it has noted down once it is seen with these disks and no others. */
      readonly noted: Devices;
    }
  /** Further ones are to be noted down first. */
  | { readonly kind: 'end'; readonly outcome: Outcome };

/**
 * Collects a server's volumes. A volume may be in it that says so itself and that the server has noted down in an earlier
 * pass, in `attachedVolumes`: see `attachment` of volumes for why both are needed.
 */
export async function volumesOf(pass: Pass<Server>): Promise<VolumesOf> {
  const known = pass.resource.status.attachedVolumes ?? {};
  const mine = (await pass.children(volume, 'virtualmachineId')).filter((one) =>
    mayBeIn(pass.resource, one, known),
  );
  const places = placesFor(
    mine.map(({ id, spec }) => ({ id, device: spec.device })),
    known,
  );
  if (Object.keys(places).length > 0) {
    pass.report({ attachedVolumes: { ...known, ...places } });
    for (const [id, device] of Object.entries(places)) {
      pass.note('volume.place', `volume ${id} is device ${device}`);
    }
    const message = `volumes ${Object.keys(places).join(', ')} are to be plugged in`;
    return { kind: 'end', outcome: { kind: 'wait', on: 'progress', afterMs: 0, message } };
  }
  const placed = mine.flatMap(({ id, uuid }) => {
    const { [id]: device } = known;
    return device === undefined ? [] : [{ id, disk: { device, volume: uuid } }];
  });
  return {
    kind: 'have',
    disks: placed.map(({ disk }) => disk).toSorted((left, right) => left.device - right.device),
    noted: Object.fromEntries(placed.map(({ id, disk }) => [id, disk.device])),
  };
}

/** Asks the volumes of a server that goes to leave it; its root disk is asked to go with it. Tells which must go first. */
export async function partWithVolumes(pass: Pass<Server>): Promise<readonly Volume[]> {
  const { id } = pass.resource;
  const volumes = await pass.children(volume, 'virtualmachineId');
  for (const { uuid, spec } of volumes) {
    if (isRootDisk(spec)) await pass.requestDelete(uuid);
    else {
      await pass.requestUnlink(uuid, {
        field: 'virtualmachineId',
        id,
        also: ['device'],
        why: `virtualmachine ${id} is being removed`,
      });
    }
  }
  return volumes.filter(({ spec }) => isRootDisk(spec));
}

function mayBeIn(
  { id }: Resource<Server>,
  { id: own, spec, status, ...row }: Volume,
  known: Devices,
): boolean {
  const { [own]: device } = known;
  return (
    !isRootDisk(spec) &&
    row.deleteRequestedAt === null &&
    status.attachedToId === id &&
    // It is restored, and given other content, outside.
    !isRestoring({ spec, status }) &&
    !isReplacing({ spec, status }) &&
    // It is to be elsewhere in the same server: it leaves first.
    (spec.device === null || device === undefined || spec.device === device)
  );
}
