import { ensureError } from '@gdcloud/core';
import type { FileSystem } from '../files/file-system.js';
import { unlinkIfThere } from '../files/publish-file.js';
import type { JobTurn } from '../jobs/long-jobs.js';
import { openChain, type VhdChain } from '../vhd/chain.js';
import type { VhdDescription } from '../vhd/new-vhd.js';
import { writeVhd } from '../vhd/write-vhd.js';
import { copyDiffers, sourceAway } from './copy-failures.js';
import { pacedFile } from './paced-file.js';
import { firstDifference } from './same-content.js';

/** What is copied, and into which file. */
export interface DiskCopy {
  readonly from: { readonly files: FileSystem; readonly path: string };
  /** Throws where what is there may not be copied. */
  readonly demand: (source: VhdChain) => void;
  /** A name that nobody else ever uses. */
  readonly to: { readonly files: FileSystem; readonly path: string; readonly mode: number };
  readonly describe: (virtualBytes: number) => VhdDescription;
}

/**
 * Copies a disk without a parent into a new file, durably, and compares the two; nothing is published. What fails leaves
 * no file, or tries to. Throws DriverFailure `SourceAway` and `CopyDiffers`, and what the file system throws where it
 * writes.
 */
export async function copyDisk(copy: DiskCopy, turn: JobTurn): Promise<void> {
  const { from, to } = copy;
  const source = await readingSource(from.path, () => from.files.open(from.path));
  try {
    const chain = await readingSource(from.path, async () => {
      const file = await pacedFile(source, turn);
      return openChain({
        sizeBytes: file.sizeBytes,
        readAt: (target, position) => readingSource(from.path, () => file.readAt(target, position)),
      });
    });
    copy.demand(chain);
    await write(copy, chain, turn);
    await compare(copy, chain, turn);
  } catch (thrown) {
    // Best effort: the failure to tell is the first one, and a leftover goes with the next try.
    await unlinkIfThere(to.files, to.path).catch(() => undefined);
    throw thrown;
  } finally {
    await source.close();
  }
}

async function write({ to, describe }: DiskCopy, source: VhdChain, turn: JobTurn): Promise<void> {
  await turn.pass();
  const file = await to.files.make(to.path, to.mode);
  try {
    await writeVhd(source, await pacedFile(file, turn), describe(source.virtualBytes), {
      signal: turn.signal,
      onProgress: ({ doneBytes, totalBytes }) =>
        turn.tell(Math.floor((doneBytes / totalBytes) * 70), 'it is copied'),
    });
  } finally {
    await file.close();
  }
}

// What a share tells that it has written is not always what it has.
async function compare({ from, to }: DiskCopy, source: VhdChain, turn: JobTurn): Promise<void> {
  await turn.pass();
  const file = await to.files.open(to.path);
  try {
    const copied = await openChain(await pacedFile(file, turn), { signal: turn.signal });
    const difference = await firstDifference(source, copied, (percent) =>
      turn.tell(70 + Math.floor(percent * 0.3), 'the copy is compared with what it was made of'),
    );
    if (difference !== undefined) throw copyDiffers(from.path, difference);
  } finally {
    await file.close();
  }
}

async function readingSource<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (thrown) {
    throw sourceAway(path, ensureError(thrown));
  }
}
