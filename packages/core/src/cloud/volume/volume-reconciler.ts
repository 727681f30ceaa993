import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { image } from '../image/image.js';
import { imageOnPool, whereImageIs } from '../imagecopy/image-on-pool.js';
import { bytesOfGb, mbOfBytes } from '../sizes.js';
import {
  heldByMaintenance,
  noteFound,
  placeOfDisk,
  placeToLeave,
  shareOf,
} from '../storagepool/disk-place.js';
import { storagepool } from '../storagepool/storagepool.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { waitFor } from '../wait-for.js';
import { attachment } from './attachment.js';
import { isRootDisk } from './devices.js';
import { volume } from './volume.js';

/** Keeps a volume's file on the share, and the hypervisor's knowledge of it. */
export function volumeReconciler(
  storage: StorageDriver,
  compute: ComputeDriver,
): Reconciler<typeof volume> {
  return {
    type: volume,
    async reconcile(pass) {
      const { name, id, spec, status, deleteRequestedAt } = pass.resource;
      const poolId = status.storagepoolId ?? null;
      if (deleteRequestedAt !== null) {
        const attached = await attachment(pass);
        if (attached !== undefined) return attached;
        const pool = await pass.find(storagepool, poolId);
        const held = heldByMaintenance(pass, pool);
        if (held !== undefined) return held;
        const place = placeToLeave(pass, storage, pool);
        if (place.kind === 'end') return place.outcome;
        const file = await pass.dissolve('file', place.drivers.volumes);
        if (file.kind === 'unsettled') return file.outcome;
        // Afterwards, so that a look at the share by the hypervisor can't bring its knowledge back.
        const disk = await pass.dissolve('disk', compute.disks);
        return disk.kind === 'gone' ? disk : disk.outcome;
      }
      const { origin, pool, server } = await pass.findAll({
        origin: { type: image, id: spec.imageId },
        pool: { type: storagepool, id: poolId },
        server: { type: virtualmachine, id: isRootDisk(spec) ? spec.virtualmachineId : null },
      });
      if (spec.imageId !== null && (origin === undefined || !isReady(origin))) {
        return waitFor(pass, `image ${spec.imageId}`, origin);
      }
      const held = heldByMaintenance(pass, pool);
      if (held !== undefined) return held;
      const place = await placeOfDisk(pass, storage, pool, async () => ({
        sizeGb: spec.sizeGb,
        origin: origin === undefined ? undefined : await whereImageIs(pass, origin),
      }));
      if (place.kind === 'end') return place.outcome;
      const base = origin === undefined ? undefined : await imageOnPool(pass, origin, place.pool);
      if (base?.kind === 'end') return base.outcome;
      const desired = { name: name ?? `volume ${id}`, sizeBytes: bytesOfGb(spec.sizeGb) };
      const file = await pass.converge('file', place.drivers.volumes, {
        ...desired,
        origin: base === undefined ? undefined : { image: base.uuid },
      });
      if (file.kind === 'unsettled') return file.outcome;
      pass.report({ physicalMb: mbOfBytes(file.actual.physicalBytes) });
      const found = await noteFound(pass, storage, file.actual);
      if (found !== undefined) return found;
      const disk = await pass.converge('disk', compute.disks, {
        ...desired,
        ...shareOf(place),
      });
      if (disk.kind === 'unsettled') return disk.outcome;
      if (isRootDisk(spec)) return withItsServer(pass, server);
      return (await attachment(pass)) ?? { kind: 'done' };
    },
  };
}

/** How long to wait for a server that is being removed, in case its word is lost; milliseconds. */
const REMOVAL_PAUSE = 2_000;

/**
 * A root disk goes with its server. A server that is removed asks the disks that it knows to go; one that was asked for
 * by a process that died before it noted that is known to nobody else who would take it away.
 */
async function withItsServer(
  pass: Pass<typeof volume>,
  server: Resource<typeof virtualmachine> | undefined,
): Promise<Outcome> {
  if (server === undefined) {
    await pass.requestDelete(pass.resource.uuid);
    return { kind: 'wait', on: 'progress', afterMs: 0, message: 'its server is gone' };
  }
  if (server.deleteRequestedAt === null) return { kind: 'done' };
  const message = `virtualmachine ${server.id} is being removed`;
  return {
    kind: 'wait',
    on: 'dependency',
    afterMs: REMOVAL_PAUSE,
    message,
    blockers: [server.uuid],
  };
}
