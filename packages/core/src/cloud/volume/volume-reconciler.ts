import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { image } from '../image/image.js';
import { bytesOfGb, mbOfBytes } from '../sizes.js';
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
      const { name, id, spec, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) {
        const attached = await attachment(pass);
        if (attached !== undefined) return attached;
        const file = await pass.dissolve('file', storage.volumes);
        if (file.kind === 'unsettled') return file.outcome;
        // Afterwards, so that a look at the share by the hypervisor can't bring its knowledge back.
        const disk = await pass.dissolve('disk', compute.disks);
        return disk.kind === 'gone' ? disk : disk.outcome;
      }
      const { origin, server } = await pass.findAll({
        origin: { type: image, id: spec.imageId },
        server: { type: virtualmachine, id: isRootDisk(spec) ? spec.virtualmachineId : null },
      });
      if (spec.imageId !== null && (origin === undefined || !isReady(origin))) {
        return waitFor(pass, `image ${spec.imageId}`, origin);
      }
      const desired = { name: name ?? `volume ${id}`, sizeBytes: bytesOfGb(spec.sizeGb) };
      const file = await pass.converge('file', storage.volumes, {
        ...desired,
        origin: origin === undefined ? undefined : { image: origin.uuid },
      });
      if (file.kind === 'unsettled') return file.outcome;
      pass.report({ physicalMb: mbOfBytes(file.actual.physicalBytes) });
      const disk = await pass.converge('disk', compute.disks, desired);
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
