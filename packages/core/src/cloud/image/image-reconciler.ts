import type { Resource } from '../../model/resource.js';
import type { ImageSource, StorageDriver } from '../../ports/drivers/storage.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { DISK_FILE } from '../disk-file.js';
import { copiesToGo } from '../imagecopy/copies-to-go.js';
import { bytesOfGb, gbOfBytes, mbOfBytes } from '../sizes.js';
import {
  heldByMaintenance,
  noteFound,
  placeOfDisk,
  placeToLeave,
} from '../storagepool/disk-place.js';
import { storagepool } from '../storagepool/storagepool.js';
import { image, imageGb, LARGEST_IMAGE_GB } from './image.js';

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
        const left = await pass.dissolve(DISK_FILE, place.drivers.images);
        return left.kind === 'gone' ? left : left.outcome;
      }
      const place = await placeOfDisk(pass, storage, pool, async () => ({
        // One whose size nobody knows yet is charged for the largest.
        sizeGb: imageGb(pass.resource) ?? LARGEST_IMAGE_GB,
      }));
      if (place.kind === 'end') return place.outcome;
      const file = await pass.converge(DISK_FILE, place.drivers.images, {
        name: name ?? `image ${id}`,
        ...(spec.sizeGb === null ? {} : { sizeBytes: bytesOfGb(spec.sizeGb) }),
        source: sourceOf(spec),
      });
      if (file.kind === 'unsettled') return file.outcome;
      const { virtualBytes, physicalBytes, sha256 } = file.actual;
      pass.report({
        physicalMb: mbOfBytes(physicalBytes),
        virtualGb: gbOfBytes(virtualBytes),
        contentChecksum: sha256 ?? null,
      });
      return (await noteFound(pass, storage, file.actual)) ?? { kind: 'done' };
    },
  };
}

function sourceOf(spec: Resource<typeof image>['spec']): ImageSource {
  const sha256 = spec.checksum?.toLowerCase();
  const given = {
    format: spec.sourceFormat,
    ...(sha256 === undefined ? {} : { sha256 }),
  };
  switch (spec.source) {
    case 'generated':
      return { kind: 'generated', osType: spec.osType };
    case 'url':
      return { kind: 'url', url: spec.sourceUrl ?? '', ...given };
    case 'upload':
      return { kind: 'upload', ...given };
  }
}
