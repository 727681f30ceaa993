import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { copiesToGo } from '../imagecopy/copies-to-go.js';
import { bytesOfGb, mbOfBytes } from '../sizes.js';
import {
  heldByMaintenance,
  noteFound,
  placeOfDisk,
  placeToLeave,
} from '../storagepool/disk-place.js';
import { storagepool } from '../storagepool/storagepool.js';
import { image } from './image.js';

/** Keeps an image's file on the share. */
export function imageReconciler(storage: StorageDriver): Reconciler<typeof image> {
  return {
    type: image,
    async reconcile(pass) {
      const { name, id, spec, status, deleteRequestedAt } = pass.resource;
      const pool = await pass.find(storagepool, status.storagepoolId ?? null);
      const held = heldByMaintenance(pass, pool);
      if (held !== undefined) return held;
      if (deleteRequestedAt !== null) {
        const copies = await copiesToGo(pass);
        if (copies !== undefined) return copies;
        const place = placeToLeave(pass, storage, pool);
        if (place.kind === 'end') return place.outcome;
        const left = await pass.dissolve('file', place.drivers.images);
        return left.kind === 'gone' ? left : left.outcome;
      }
      const place = await placeOfDisk(pass, storage, pool, async () => ({ sizeGb: spec.sizeGb }));
      if (place.kind === 'end') return place.outcome;
      const file = await pass.converge('file', place.drivers.images, {
        name: name ?? `image ${id}`,
        sizeBytes: bytesOfGb(spec.sizeGb),
        source: { kind: 'generated', osType: spec.osType },
      });
      if (file.kind === 'unsettled') return file.outcome;
      pass.report({ physicalMb: mbOfBytes(file.actual.physicalBytes) });
      return (await noteFound(pass, storage, file.actual)) ?? { kind: 'done' };
    },
  };
}
