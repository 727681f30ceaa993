import { ensureError } from '@gdcloud/core';
import type { FileSystem } from '../files/file-system.js';
import { unlinkIfThere } from '../files/publish-file.js';
import type { JobTurn } from '../jobs/long-jobs.js';
import { openChain, type VhdChain } from '../vhd/chain.js';
import type { DiskSource } from '../vhd/disk-source.js';
import type { VhdDescription } from '../vhd/new-vhd.js';
import { writeVhd } from '../vhd/write-vhd.js';
import { copyDiffers, sourceAway } from './copy-failures.js';
import { pacedFile } from './paced-file.js';
import { firstDifference } from './same-content.js';

/** A disk that is open to be copied. */
export interface OpenSource {
  readonly chain: VhdChain;
  close(): Promise<void>;
}

/** What is copied, and into which file. */
export interface DiskCopy {
  /** What failures name. */
  readonly path: string;
  /** Opens what is copied, which is read only while somebody looks after the work. */
  readonly open: (turn: JobTurn) => Promise<OpenSource>;
  /** Throws where what is there may not be copied. */
  readonly demand: (source: VhdChain) => void;
  /** A name that nobody else ever uses. */
  readonly to: { readonly files: FileSystem; readonly path: string; readonly mode: number };
  readonly describe: (virtualBytes: number) => VhdDescription;
}

/**
 * Copies a disk with all that it reads from into one new file, durably, and compares the two; nothing is published. What
 * fails leaves no file, or tries to. Throws DriverFailure `SourceAway` and `CopyDiffers`, and what the file system throws
 * where it writes.
 */
export async function copyDisk(copy: DiskCopy, turn: JobTurn): Promise<void> {
  const { path, to } = copy;
  const opened = await readingSource(path, () => copy.open(turn));
  const { chain } = opened;
  try {
    copy.demand(chain);
    const source = readable(path, chain, turn);
    await write(copy, source, turn);
    await compare(copy, source, turn);
  } catch (thrown) {
    // Best effort: the failure to tell is the first one, and a leftover goes with the next try.
    await unlinkIfThere(to.files, to.path).catch(() => undefined);
    throw thrown;
  } finally {
    await opened.close();
  }
}

function readable(path: string, chain: VhdChain, turn: JobTurn): DiskSource {
  return {
    virtualBytes: chain.virtualBytes,
    mayHold: (start, end) => chain.mayHold(start, end),
    read: async (target, position) => {
      await turn.pass();
      return readingSource(path, () => chain.read(target, position));
    },
  };
}

async function write({ to, describe }: DiskCopy, source: DiskSource, turn: JobTurn): Promise<void> {
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
async function compare({ path, to }: DiskCopy, source: DiskSource, turn: JobTurn): Promise<void> {
  await turn.pass();
  const file = await to.files.open(to.path);
  try {
    const copied = await openChain(await pacedFile(file, turn), { signal: turn.signal });
    const difference = await firstDifference(source, copied, (percent) =>
      turn.tell(70 + Math.floor(percent * 0.3), 'the copy is compared with what it was made of'),
    );
    if (difference !== undefined) throw copyDiffers(path, difference);
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
