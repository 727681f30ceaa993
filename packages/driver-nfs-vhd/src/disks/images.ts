import {
  type Accepted,
  type Driver,
  type DriverCall,
  DriverFailure,
  type ImageActual,
  type ImageDesired,
  type ImageSource,
  type ObjectKey,
  type Observation,
} from '@gdcloud/core';
import { forgetSums } from '../checksums/sum-store.js';
import { shareUnknown } from '../copy/copy-failures.js';
import { type Copying, copyImage } from '../copy/copy-image.js';
import { foreseenCopyOf } from '../copy/foreseen-copy-of.js';
import { type Checkpoint, guarded } from '../files/guarded.js';
import { discardContent } from '../import/content-store.js';
import { type ImageImports, importImage } from '../import/import-image.js';
import { readFacts } from '../import/read-facts.js';
import type { LongJobs } from '../jobs/long-jobs.js';
import { prepareShare, type Share } from '../share/share.js';
import { newDynamicVhdWithBlocks } from '../vhd/new-vhd.js';
import { checkedVirtualBytes } from '../vhd/sizes.js';
import { createDisk, finishDisk } from './create-disk.js';
import { deleteDisk } from './delete-disk.js';
import { sizeIsFixed } from './disk-failures.js';
import { foreseenDisk } from './foreseen-disk.js';
import { listDisks } from './list-disks.js';
import { observeDisk, PUBLISHED, QUARANTINED, recordedBefore } from './observe-disk.js';
import { quarantineDisk, releaseDisk } from './quarantine-disk.js';
import { standInBootSector } from './stand-in.js';

/** Where images come from. */
export interface ImageOrigins {
  readonly jobs: LongJobs;
  readonly imports: ImageImports;
  readonly copying: Copying;
}

/** Images: hidden, read-only dynamic VHDs that volumes are thin copies of. */
export function imagesOf(
  share: Share,
  { jobs, imports, copying }: ImageOrigins,
): Driver<ImageDesired, ImageActual> {
  const { folder } = share.paths;
  return {
    name: `${share.name}.images`,
    backend: share.name,
    traits: { identity: 'chosen', fencing: 'none', dataBearing: true },
    observe: (key, desired, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        observeImage(share, key, desired, checkpoint),
      ),
    create: (key, desired, call) =>
      guarded(call.signal, 'change', folder, async (checkpoint) => {
        const { source, sizeBytes } = desired;
        if (sizeBytes !== undefined) checkedVirtualBytes(sizeBytes);
        if (source.kind === 'generated')
          return createStandIn(share, key, { ...desired, source }, call, checkpoint);
        if (source.kind === 'copy') {
          const request = { key, source, sizeBytes: demandSize(sizeBytes) };
          return copyImage(share, copying, request, call, checkpoint);
        }
        await prepareShare(share, recordedBefore(key), checkpoint);
        return importImage(share, imports, { key, desired, source }, call);
      }),
    update: async (key, _desired, change, { signal }) => {
      if (change.field === QUARANTINED) {
        return guarded(signal, 'change', folder, (checkpoint) =>
          releaseDisk(share, key, checkpoint),
        );
      }
      if (change.field === PUBLISHED) {
        return guarded(signal, 'change', folder, (checkpoint) =>
          finishImage(share, key, checkpoint),
        );
      }
      throw sizeIsFixed(
        'ImageIsFixed',
        'an image never changes its size',
        'Make a new image of the size you need.',
      );
    },
    delete: (key, { signal }) =>
      guarded(signal, 'change', folder, async (checkpoint) => {
        await jobs.drop(key.uuid);
        const deleted = await deleteDisk(share, key, 'image', checkpoint);
        await forgetSums(share, key.uuid);
        return deleted;
      }),
    foresee: ({ sizeBytes, source }, { signal }) =>
      guarded(signal, 'read', folder, async () => {
        if (source.kind === 'copy') {
          const from = copying.shareOf(source.share);
          if (from === undefined) throw shareUnknown(source.share);
          return { changes: [], actual: await foreseenCopyOf(from, source.image, signal) };
        }
        const unknown = sizeBytes === undefined && source.kind !== 'generated';
        // What nobody has looked at yet takes at least this.
        return { changes: [], actual: foreseenDisk(unknown ? 2 ** 30 : demandSize(sizeBytes)) };
      }),
    quarantine: (key, { signal }) =>
      guarded(signal, 'change', folder, (checkpoint) => quarantineDisk(share, key, checkpoint)),
    list: (cursor, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        listDisks(share, 'image', cursor, checkpoint),
      ),
  };
}

async function observeImage(
  share: Share,
  key: ObjectKey,
  desired: ImageDesired | undefined,
  checkpoint: Checkpoint,
): Promise<Observation<ImageActual>> {
  const size = desired === undefined ? undefined : (desired.sizeBytes ?? 'any');
  const seen = await observeDisk(share, key, size, checkpoint);
  if (seen.presence !== 'present' || desired === undefined || desired.source.kind === 'generated')
    return seen;
  const facts = await readFacts(share, key.uuid);
  return facts === undefined ? seen : { ...seen, actual: { ...seen.actual, sha256: facts.sha256 } };
}

async function createStandIn(
  share: Share,
  key: ObjectKey,
  desired: ImageDesired & { readonly source: ImageSource & { readonly kind: 'generated' } },
  call: DriverCall,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const virtualBytes = demandSize(desired.sizeBytes);
  const bootSector = standInBootSector(desired.source.osType, virtualBytes);
  const description = {
    uuid: key.uuid,
    virtualBytes,
    createdMs: share.clock.now(),
    visibility: 'hidden',
  } as const;
  const content = newDynamicVhdWithBlocks(description, new Map([[0, bootSector]]));
  await prepareShare(share, recordedBefore(key), checkpoint);
  return createDisk(share, key, { kind: 'image', content }, call, checkpoint);
}

// What it was imported from goes before the second name does, which tells that something is left to do.
async function finishImage(
  share: Share,
  key: ObjectKey,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  await files.syncFolder(paths.folder);
  checkpoint();
  await discardContent(share, key.uuid, 'but drafts');
  await files.syncFolder(paths.temporaryFolder);
  const finished = await finishDisk(share, key, checkpoint);
  await files.syncFolder(paths.temporaryFolder);
  return finished;
}

function demandSize(sizeBytes: number | undefined): number {
  if (sizeBytes !== undefined) return checkedVirtualBytes(sizeBytes);
  throw new DriverFailure('invalid', 'SizeMissing', 'an image that is not imported needs a size', {
    remedy: 'Say how large it is to be.',
  });
}
