import type { Resource } from '../../model/resource.js';
import type { ImageSource, StorageDriver } from '../../ports/drivers/storage.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { bytesOfGb, gbOfBytes, mbOfBytes } from '../sizes.js';
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
      return { kind: 'done' };
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
