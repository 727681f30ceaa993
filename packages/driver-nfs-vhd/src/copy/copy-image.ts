import {
  type Accepted,
  type DriverCall,
  DriverFailure,
  type ImageCopy,
  type ObjectKey,
} from '@gdcloud/core';
import { finishLeftovers, publishMade } from '../disks/create-disk.js';
import { notADisk, originNotAnImage } from '../disks/disk-failures.js';
import { diskExternalId, recordedBefore } from '../disks/observe-disk.js';
import type { Checkpoint } from '../files/guarded.js';
import type { JobTurn, LongJobs } from '../jobs/long-jobs.js';
import { demandShare, prepareShare, type Share } from '../share/share.js';
import { diskFileName, temporaryName } from '../share/share-paths.js';
import { openChain, type VhdChain } from '../vhd/chain.js';
import { copyDisk, type DiskCopy, type OpenSource } from './copy-disk.js';
import { shareUnknown, sourceAway } from './copy-failures.js';
import { pacedFile } from './paced-file.js';

/** Of images, which are never written again. */
const IMAGE_MODE = 0o444;

/** What copies are made with. */
export interface Copying {
  readonly jobs: LongJobs;
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
 * Goes on with the copy of an image from another share for a turn; the last one publishes it, whole, durable and the
 * same as what it was made of. A process that dies leaves a file that the next one removes: to go on with one that
 * somebody else may still write to is not safe, so it begins anew.
 */
export async function copyImage(
  share: Share,
  { jobs, shareOf }: Copying,
  request: CopyRequest,
  call: DriverCall,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { key } = request;
  await prepareShare(share, recordedBefore(key), checkpoint);
  const progress = await jobs.advance(key.uuid, call.signal, async (turn) => {
    const temporary = await copyAside(share, request, shareOf(request.source.share), call, turn);
    await turn.pass();
    await publishMade(share, key, temporary);
  });
  checkpoint();
  return progress === undefined
    ? { external: diskExternalId(key.uuid), settled: true }
    : { settled: false, progress };
}

// Into a file that nobody else knows; returns its name.
async function copyAside(
  share: Share,
  { key, source, sizeBytes }: CopyRequest,
  from: Share | undefined,
  { operation }: DriverCall,
  turn: JobTurn,
): Promise<string> {
  if (from === undefined) throw shareUnknown(source.share);
  const path = `${from.paths.folder}/${diskFileName(source.image)}`;
  try {
    await demandShare(from, 'recorded');
  } catch (thrown) {
    throw sourceAway(path, thrown);
  }
  await finishLeftovers(share, key);
  const attempt = Buffer.from(share.random.bytes(16)).toString('hex');
  const temporary = `${share.paths.temporaryFolder}/${temporaryName(key.uuid, 'image', operation, attempt)}`;
  const copy: DiskCopy = {
    path,
    open: (turn) => openImage(from, path, turn),
    demand: (chain) => demandImage(chain, { path, uuid: source.image, sizeBytes }),
    to: { files: share.files, path: temporary, mode: IMAGE_MODE },
    describe: (virtualBytes) => ({
      uuid: key.uuid,
      virtualBytes,
      createdMs: share.clock.now(),
      visibility: 'hidden',
    }),
  };
  await copyDisk(copy, turn);
  return temporary;
}

async function openImage({ files }: Share, path: string, turn: JobTurn): Promise<OpenSource> {
  const file = await files.open(path);
  try {
    return { chain: await openChain(await pacedFile(file, turn)), close: () => file.close() };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
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
