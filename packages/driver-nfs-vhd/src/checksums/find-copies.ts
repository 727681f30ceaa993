import { DriverFailure, type ResourceUuid } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import type { FileSystem } from '../files/file-system.js';
import { namesIfThere } from '../files/names-if-there.js';
import { diskFileName } from '../share/share-paths.js';
import { UNUSED_BLOCK } from '../vhd/block-table.js';
import { openVhd, type Vhd } from '../vhd/open-vhd.js';
import { readExactly } from '../vhd/reader.js';
import { VhdError } from '../vhd/vhd-error.js';
import type { BlockSums } from './block-sums.js';
import { sumOfBlock } from './block-sums.js';
import { diskNames, type ScrubbedShare, withDisk } from './scrubbed-share.js';
import { type BlockBytes, placeOfBlock, splitBlock, summedDisk, sumOf } from './sum-blocks.js';

/** A block as it was, found in another file. */
export interface FoundCopy {
  readonly block: number;
  /** The bytes as they are to stand in the file: its bitmap where it has one, then the data. */
  readonly bytes: Uint8Array;
  /** The file's name; on another share its path. */
  readonly from: string;
}

/** Where and for what copies are looked for. */
export interface CopySearch {
  readonly uuid: ResourceUuid;
  readonly sums: BlockSums;
  readonly blocks: readonly number[];
  /** Bitmaps of these blocks as the damaged file has them, where it can be read. */
  readonly bitmaps: ReadonlyMap<number, Uint8Array>;
  readonly share: ScrubbedShare;
  /** Other shares that may have the disk, or copies of its blocks. */
  readonly others: readonly ScrubbedShare[];
  readonly signal: AbortSignal;
}

/**
 * Looks for blocks with the right sums: first in other files of the same disk (in the trash, in quarantine, on other
 * shares), then in every file there is, for a snapshot or a flat copy holds them at the same place. Ends once it has all;
 * files that can't be read are passed over. Memory: the blocks that were found, a few at a time as they are handed over.
 */
export async function* findCopies(search: CopySearch): AsyncGenerator<FoundCopy> {
  const missing = new Set(search.blocks);
  for (const candidate of await candidates(search)) {
    if (missing.size === 0) return;
    search.signal.throwIfAborted();
    for (const copy of await copiesIn(search, candidate, missing)) {
      missing.delete(copy.block);
      yield copy;
    }
  }
}

interface Candidate {
  readonly files: FileSystem;
  readonly path: string;
}

async function candidates({ uuid, share, others }: CopySearch): Promise<readonly Candidate[]> {
  const here = await candidatesOn(share, uuid);
  const found = [here];
  for (const other of others) found.push(await candidatesElsewhere(other, uuid));
  return [...found.flatMap(({ same }) => same), ...found.flatMap(({ rest }) => rest)];
}

/** Those that go by the disk's own uuid come first. */
interface Candidates {
  readonly same: readonly Candidate[];
  readonly rest: readonly Candidate[];
}

async function candidatesOn(
  { files, paths }: ScrubbedShare,
  uuid: ResourceUuid,
): Promise<Candidates> {
  const { folder, trashFolder, quarantineFolder } = paths;
  const own = diskFileName(uuid);
  const trash = await namesIfThere(files, trashFolder);
  const replaced = trash.filter((name) => name.startsWith(`${uuid}.`));
  const names = (await diskNames(files, folder)).filter((name) => name !== own);
  return {
    same: [
      { files, path: `${quarantineFolder}/${own}` },
      ...replaced.map((name) => ({ files, path: `${trashFolder}/${name}` })),
    ],
    rest: names.map((name) => ({ files, path: `${folder}/${name}` })),
  };
}

// A share that is away is no reason to leave another one damaged that can be mended without it.
async function candidatesElsewhere(other: ScrubbedShare, uuid: ResourceUuid): Promise<Candidates> {
  try {
    const { same, rest } = await candidatesOn(other, uuid);
    const own = { files: other.files, path: `${other.paths.folder}/${diskFileName(uuid)}` };
    return { same: [own, ...same], rest };
  } catch (thrown) {
    if (!(thrown instanceof DriverFailure) && errnoName(thrown) === undefined) throw thrown;
    return { same: [], rest: [] };
  }
}

/** Blocks kept from one file at a time: 32 MiB. */
const MOST_AT_ONCE = 16;

async function copiesIn(
  search: CopySearch,
  { files, path }: Candidate,
  missing: ReadonlySet<number>,
): Promise<readonly FoundCopy[]> {
  const { folder } = search.share.paths;
  const from = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  const copies: FoundCopy[] = [];
  try {
    await withDisk(files, path, async (file) => {
      const vhd = await openVhd(file, { signal: search.signal });
      if (summedDisk(vhd).blockBytes !== search.sums.disk.blockBytes) return;
      for (const block of missing) {
        if (copies.length >= MOST_AT_ONCE) return;
        const bytes = await matching(search, vhd, block);
        if (bytes !== undefined) copies.push({ block, bytes, from });
      }
    });
  } catch (thrown) {
    search.signal.throwIfAborted();
    if (!(thrown instanceof VhdError) && errnoName(thrown) === undefined) throw thrown;
  }
  return copies;
}

async function matching(
  { sums, bitmaps }: CopySearch,
  vhd: Vhd,
  block: number,
): Promise<Uint8Array | undefined> {
  const wanted = sumOfBlock(sums, block);
  if (wanted === undefined || !holds(vhd, block)) return undefined;
  const { position, bytes } = placeOfBlock(vhd, block);
  const { bitmap, data } = splitBlock(vhd, await readExactly(vhd.file, position, bytes));
  // A copy may be told of by another bitmap: a flat one holds all, and a damaged file's own may be intact.
  const bitmapBytes = bitmap?.byteLength ?? bitmaps.get(block)?.byteLength ?? 512;
  const full = new Uint8Array(bitmapBytes).fill(0xff);
  const tried: readonly BlockBytes[] = [
    { bitmap, data },
    { bitmap: bitmaps.get(block), data },
    { bitmap: full, data },
  ];
  const found = tried.find((candidate) => sumOf(candidate) === wanted);
  if (found === undefined) return undefined;
  return Buffer.concat([found.bitmap ?? new Uint8Array(0), found.data]);
}

function holds(vhd: Vhd, block: number): boolean {
  return vhd.kind === 'fixed'
    ? summedDisk(vhd).virtualBytes >= (block + 1) * summedDisk(vhd).blockBytes
    : (vhd.table[block] ?? UNUSED_BLOCK) !== UNUSED_BLOCK;
}
