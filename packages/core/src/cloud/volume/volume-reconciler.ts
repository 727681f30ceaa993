import { isReady } from '../../model/state.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { image } from '../image/image.js';
import { bytesOfGb, mbOfBytes } from '../sizes.js';
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
      const origin = await pass.find(image, spec.imageId);
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
      if (isRootDisk(spec)) return { kind: 'done' };
      return (await attachment(pass)) ?? { kind: 'done' };
    },
  };
}
