import { createHash } from 'node:crypto';
import {
  DriverFailure,
  type ImageDesired,
  type ImportedImage,
  type ObjectKey,
} from '@gdcloud/core';
import { type BlockSums, isComplete } from '../checksums/block-sums.js';
import { sumDisk } from '../checksums/sum-disk.js';
import { writeSums } from '../checksums/sum-store.js';
import { nameTaken, overtaken } from '../disks/disk-failures.js';
import { readDisk } from '../disks/read-disk.js';
import { errnoName } from '../files/errno.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { vhdOnFile } from '../files/vhd-on-file.js';
import type { JobTurn } from '../jobs/long-jobs.js';
import { demandShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import type { DiskSource } from '../vhd/disk-source.js';
import { FOOTER_BYTES } from '../vhd/footer.js';
import { openVhd } from '../vhd/open-vhd.js';
import { BLOCK_BYTES, MAX_VIRTUAL_BYTES } from '../vhd/sizes.js';
import { VhdError } from '../vhd/vhd-error.js';
import type { Writable } from '../vhd/writable.js';
import { writeVhd } from '../vhd/write-vhd.js';
import { encodeFacts } from './content-facts.js';
import { draftName } from './content-names.js';
import {
  beginContent,
  discardContent,
  hex,
  removeDrafts,
  type StoredContent,
} from './content-store.js';
import type { WholeContent } from './download.js';
import { openContent } from './open-content.js';
import { PartsFile } from './parts-file.js';
import { checksumMismatch, contentDamaged, contentTooLarge } from './remote-failures.js';

/** What is imported. */
export interface Import {
  readonly key: ObjectKey;
  readonly desired: ImageDesired;
  readonly source: ImportedImage;
  readonly mostBytes: number;
}

const GIB = 2 ** 30;
const HASH_STEP_BYTES = 4 * 1024 * 1024;
const SUM_STEP_BYTES = 64 * 1024 * 1024;
const IMAGE_MODE = 0o444;

/**
 * Makes an image of content that is there as a whole: its checksum is compared, it is read as the disk that it holds,
 * written as a hidden VHD, and published in one step. Then the content goes. Content that is wrong goes at once.
 */
export async function importContent(
  share: Share,
  { key, desired, source, mostBytes }: Import,
  { stored, sha256 }: WholeContent,
  turn: JobTurn,
): Promise<void> {
  const { uuid } = key;
  const content = new PartsFile(share.files, stored);
  try {
    const found = sha256 ?? (await hashOf(content, turn));
    for (const expected of [source.sha256, stored.record.sha256]) {
      if (expected === undefined || expected === found) continue;
      await discardContent(share, uuid, 'all');
      throw checksumMismatch(expected, found);
    }
    const disk = await openContent(content, source.format);
    const virtualBytes = sizeOf(desired.sizeBytes, disk.virtualBytes, mostBytes);
    const facts = encodeFacts({ sha256: found, contentBytes: content.sizeBytes });
    await publish(share, key, { stored, disk: paced(disk, turn), virtualBytes, facts }, turn);
  } catch (thrown) {
    if (source.kind === 'upload' && thrown instanceof DriverFailure && thrown.outcome === 'invalid')
      await refuseContent(share, uuid, thrown);
    throw thrown;
  } finally {
    await content.close();
  }
}

// Nobody could bring anything else while it is there; why it went is told until somebody does.
async function refuseContent(
  share: Share,
  uuid: ObjectKey['uuid'],
  { code, message }: DriverFailure,
): Promise<void> {
  const facts = { origin: 'upload', refused: { code, message: message.slice(0, 500) } };
  await beginContent(share, uuid, facts, () => undefined);
}

interface NewImage {
  readonly stored: StoredContent;
  readonly disk: DiskSource;
  readonly virtualBytes: number;
  readonly facts: Uint8Array;
}

async function publish(
  share: Share,
  { uuid }: ObjectKey,
  { stored, disk, virtualBytes, facts }: NewImage,
  turn: JobTurn,
): Promise<void> {
  const { files, paths } = share;
  await removeDrafts(share, uuid, stored.record.id);
  const draft = `${paths.temporaryFolder}/${draftName(uuid, stored.record.id, hex(share, 16))}`;
  const file = await files.make(draft, IMAGE_MODE);
  let sums: BlockSums;
  try {
    const target = await vhdOnFile(file);
    const description = {
      uuid,
      virtualBytes,
      createdMs: share.clock.now(),
      visibility: 'hidden',
    } as const;
    const { fileBytes } = await writeVhd(disk, target, description, {
      signal: turn.signal,
      durability: 'unsynced',
      onProgress: ({ doneBytes, totalBytes }) =>
        turn.tell(80 + Math.floor((doneBytes / totalBytes) * 15), 'the image is written'),
    });
    const footer = new Uint8Array(FOOTER_BYTES);
    await target.readAt(footer, fileBytes - FOOTER_BYTES);
    await target.writeAt(footer, fileBytes);
    await target.writeAt(facts, fileBytes - FOOTER_BYTES);
    await file.sync();
    sums = await sumsOf(target, turn);
  } finally {
    await file.close();
  }
  await turn.pass();
  // A second name that a loss of power could take would leave an image with parts that nobody looks for.
  await files.syncFolder(paths.temporaryFolder);
  const path = `${paths.folder}/${diskFileName(uuid)}`;
  try {
    await files.link(draft, path);
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') throw overtaken(path);
    if (errnoName(thrown) !== 'EEXIST') throw thrown;
    const there = await readDisk(files, path);
    if (there !== undefined && there.head.footer.uuid !== uuid)
      throw nameTaken(path, there.head.footer.uuid);
  }
  await files.syncFolder(paths.folder);
  // As long as the image has its second name, everybody sees that there is something to finish. Parts were durable, so
  // that they are gone has to be too, before that name goes.
  await discardContent(share, uuid, 'but drafts');
  await files.syncFolder(paths.temporaryFolder);
  await unlinkIfThere(files, draft);
  await files.syncFolder(paths.temporaryFolder);
  // From now on damage is noticed. Where it does not come to that, upkeep makes them later.
  await writeSums(share, sums);
  // Or it was written under a mount point whose share has just gone.
  await demandShare(share, 'recorded');
}

/** How large the image is to be. Throws `invalid` where the content needs more than was asked for, or than may be. */
function sizeOf(wanted: number | undefined, needed: number, mostBytes: number): number {
  const virtualBytes = wanted ?? Math.ceil(needed / GIB) * GIB;
  if (needed > virtualBytes)
    throw contentTooLarge(`the disk has ${needed} bytes, and the image is to have ${virtualBytes}`);
  if (virtualBytes > Math.min(mostBytes, MAX_VIRTUAL_BYTES))
    throw contentTooLarge(`the disk has ${needed} bytes, and ${mostBytes} are allowed`);
  return Math.ceil(virtualBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** SHA-256 of content, in hexadecimal digits. */
export async function hashOf(content: PartsFile, turn: JobTurn): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(HASH_STEP_BYTES);
  for (let position = 0; position < content.sizeBytes; ) {
    await turn.pass();
    const read = await content.readAt(buffer, position);
    if (read === 0) break;
    hash.update(buffer.subarray(0, read));
    position += read;
    turn.tell(70 + Math.floor((position / content.sizeBytes) * 10), 'its checksum is computed');
  }
  return hash.digest('hex');
}

async function sumsOf(file: Writable, turn: JobTurn): Promise<BlockSums> {
  const vhd = await openVhd(file);
  let known: BlockSums | undefined;
  for (;;) {
    await turn.pass();
    const { sums } = await sumDisk(vhd, { known, mostBytes: SUM_STEP_BYTES });
    if (isComplete(sums)) return sums;
    known = sums;
  }
}

/** A disk that is read no faster than its work may go on. Throws `ContentDamaged` where it can't be. */
export function paced(disk: DiskSource, turn: JobTurn): DiskSource {
  return {
    virtualBytes: disk.virtualBytes,
    mayHold: (start, end) => disk.mayHold(start, end),
    async read(target, position) {
      await turn.pass();
      try {
        await disk.read(target, position);
      } catch (thrown) {
        throw thrown instanceof VhdError ? contentDamaged(thrown) : thrown;
      }
    },
  };
}
