import { isReady } from '../../model/state.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { DISK_FILE } from '../disk-file.js';
import { image } from '../image/image.js';
import { mbOfBytes } from '../sizes.js';
import { heldByMaintenance, placeOn, placeToLeave } from '../storagepool/disk-place.js';
import { storagepool } from '../storagepool/storagepool.js';
import { waitFor } from '../wait-for.js';
import { desiredCopy } from './desired-copy.js';
import { imagecopy } from './imagecopy.js';
import { sourceAway } from './source-away.js';

/** Keeps an image's file on one more share, copied from the one that it was made on. */
export function imagecopyReconciler(storage: StorageDriver): Reconciler<typeof imagecopy> {
  return {
    type: imagecopy,
    async reconcile(pass) {
      const { uuid, spec, parts, deleteRequestedAt } = pass.resource;
      const { origin, pool } = await pass.findAll({
        origin: { type: image, id: spec.imageId },
        pool: { type: storagepool, id: spec.storagepoolId },
      });
      const held = heldByMaintenance(pass, pool);
      if (held !== undefined) return held;
      if (deleteRequestedAt !== null) {
        const place = placeToLeave(pass, storage, pool);
        if (place.kind === 'end') return place.outcome;
        const left = await pass.dissolve(DISK_FILE, place.drivers.images);
        return left.kind === 'gone' ? left : left.outcome;
      }
      // It was asked for in the moment in which its image was.
      if (origin === undefined || origin.deleteRequestedAt !== null) {
        await pass.requestDelete(uuid);
        const message = `image ${spec.imageId} is gone`;
        return { kind: 'wait', on: 'progress', afterMs: 0, message };
      }
      const place = placeOn(storage, pool, spec.storagepoolId);
      if (place.kind === 'end') return place.outcome;
      const home = await pass.find(storagepool, origin.status.storagepoolId ?? null);
      const desired = desiredCopy(origin, home);
      if (desired === undefined) return waitFor(pass, `image ${origin.id}`, origin);
      // Once it is there it needs its image no longer.
      if (parts[DISK_FILE]?.state !== 'recorded') {
        if (!isReady(origin)) return waitFor(pass, `image ${origin.id}`, origin);
        const away = home === undefined ? undefined : sourceAway(home, 'its image');
        if (away !== undefined) return away;
      }
      const file = await pass.converge(DISK_FILE, place.drivers.images, desired);
      if (file.kind === 'unsettled') return file.outcome;
      pass.report({ physicalMb: mbOfBytes(file.actual.physicalBytes) });
      return { kind: 'done' };
    },
  };
}
