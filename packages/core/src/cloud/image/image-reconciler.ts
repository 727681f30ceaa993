import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { bytesOfGb, mbOfBytes } from '../sizes.js';
import { image } from './image.js';

/** Keeps an image's file on the share. */
export function imageReconciler(storage: StorageDriver): Reconciler<typeof image> {
  return {
    type: image,
    async reconcile(pass) {
      const { name, id, spec, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) {
        const left = await pass.dissolve('file', storage.images);
        return left.kind === 'gone' ? left : left.outcome;
      }
      const file = await pass.converge('file', storage.images, {
        name: name ?? `image ${id}`,
        sizeBytes: bytesOfGb(spec.sizeGb),
        source: { kind: 'generated', osType: spec.osType },
      });
      if (file.kind === 'unsettled') return file.outcome;
      pass.report({ physicalMb: mbOfBytes(file.actual.physicalBytes) });
      return { kind: 'done' };
    },
  };
}
