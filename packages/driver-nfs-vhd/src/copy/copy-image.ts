import {
  type Accepted,
  type DriverCall,
  DriverFailure,
  type ImageCopy,
  type ObjectKey,
} from '@gdcloud/core';
import { finishLeftovers, publishMade } from '../disks/create-disk.js';
import { notADisk, originNotAnImage } from '../disks/disk-failures.js';
import { recordedBefore } from '../disks/observe-disk.js';
import type { Checkpoint } from '../files/guarded.js';
import { demandShare, prepareShare, type Share } from '../share/share.js';
import { diskFileName, temporaryName } from '../share/share-paths.js';
import type { VhdChain } from '../vhd/chain.js';
import { shareUnknown, sourceAway } from './copy-failures.js';
import { CopyJob } from './copy-job.js';
import type { CopyJobs } from './copy-jobs.js';

/** How long one call goes on with a copy; milliseconds. */
const SLICE = 10_000;

/** The shares that a copy may come from, and the copies under way on one share. */
export interface Copying {
  readonly jobs: CopyJobs;
  /** A share of the same driver by what its pool is called. */
  readonly shareOf: (external: string) => Share | undefined;
}

/** What is to be a copy of what. */
export interface CopyRequest {
  readonly key: ObjectKey;
  readonly source: ImageCopy;
  /** What the copy has to be large. */
  readonly sizeBytes: number;
}

/**
 * Goes on with the copy of an image from another share for a while, and publishes it once it is whole, durable and the
 * same. Until then it is unsettled, and called again.
 */
export async function copyImage(
  share: Share,
  { jobs, shareOf }: Copying,
  request: CopyRequest,
  call: DriverCall,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { key, source } = request;
  await prepareShare(share, recordedBefore(key), checkpoint);
  const job = jobs.of(key.uuid) ?? (await begin(share, jobs, request, shareOf(source.share), call));
  const over = sliceEnd(share, call.signal);
  try {
    await job.workUntil(over.ended);
  } finally {
    over.cancel();
  }
  checkpoint();
  if (job.ended === 'no') return { settled: false };
  jobs.forget(key.uuid);
  await job.done;
  return publishMade(share, key, job.temporary, checkpoint);
}

async function begin(
  share: Share,
  jobs: CopyJobs,
  { key, source, sizeBytes }: CopyRequest,
  from: Share | undefined,
  call: DriverCall,
): Promise<CopyJob> {
  if (from === undefined) throw shareUnknown(source.share);
  const path = `${from.paths.folder}/${diskFileName(source.image)}`;
  try {
    await demandShare(from, 'recorded');
  } catch (thrown) {
    throw sourceAway(path, thrown);
  }
  await finishLeftovers(share, key);
  const attempt = Buffer.from(share.random.bytes(16)).toString('hex');
  const name = temporaryName(key.uuid, 'image', call.operation, attempt);
  return jobs.begin(
    key.uuid,
    new CopyJob({
      from: { files: from.files, path },
      demand: (chain) => demandImage(chain, { path, uuid: source.image, sizeBytes }),
      to: { files: share.files, path: `${share.paths.temporaryFolder}/${name}`, mode: 0o444 },
      description: (virtualBytes) => ({
        uuid: key.uuid,
        virtualBytes,
        createdMs: share.clock.now(),
        visibility: 'hidden',
      }),
    }),
  );
}

function demandImage(
  { leaf, virtualBytes }: VhdChain,
  wanted: { readonly path: string; readonly uuid: string; readonly sizeBytes: number },
): void {
  const { path, uuid, sizeBytes } = wanted;
  if (leaf.footer.visibility !== 'hidden') throw originNotAnImage(path);
  if (leaf.footer.uuid !== uuid) throw notADisk(path, 'another disk');
  if (virtualBytes !== sizeBytes) {
    throw new DriverFailure(
      'invalid',
      'SizeDiffers',
      `${path} has ${virtualBytes} bytes, its copy is to have ${sizeBytes}`,
      { remedy: 'Ask for a copy of the size that the image has.' },
    );
  }
}

function sliceEnd(
  { clock }: Share,
  signal: AbortSignal,
): { readonly ended: Promise<void>; readonly cancel: () => void } {
  let cancel = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => resolve();
    const stop = clock.schedule(SLICE, end);
    signal.addEventListener('abort', end, { once: true });
    cancel = () => {
      stop();
      signal.removeEventListener('abort', end);
    };
  });
  return { ended, cancel: () => cancel() };
}
