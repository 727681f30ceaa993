import type { ResourceUuid } from '@gdcloud/core';
import type { FileSystem } from '../files/file-system.js';
import { makeFolderDurably } from '../files/folders.js';
import { namesIfThere } from '../files/names-if-there.js';
import { insteadOfFile } from '../files/plain-file.js';
import { unlinkIfThere, writeFile } from '../files/publish-file.js';
import { readExactly } from '../vhd/reader.js';
import type { BlockSums } from './block-sums.js';
import { type ScrubbedShare, withDisk } from './scrubbed-share.js';
import { encodeSums, MOST_SUM_FILE_BYTES, type ParsedSums, parseSums } from './sum-file.js';

/** What is known of a disk's sums. */
export type StoredSums = ParsedSums | { readonly kind: 'absent' };

/** Reads the sums of a disk on a share. A side file that is damaged, or another disk's, is told, never thrown. */
export async function readSums(
  { files, paths }: ScrubbedShare,
  uuid: ResourceUuid,
): Promise<StoredSums> {
  try {
    const parsed = await readSumFile(files, `${paths.sumFolder}/${uuid}`);
    if (parsed.kind === 'sums' && parsed.sums.disk.uuid !== uuid)
      return { kind: 'damaged', why: `it is of the disk ${parsed.sums.disk.uuid}` };
    return parsed;
  } catch (thrown) {
    const instead = insteadOfFile(thrown);
    if (instead !== undefined) return { kind: 'damaged', why: `it is no file (${instead})` };
    throw thrown;
  }
}

/** Reads a side file, wherever it is. */
export async function readSumFile(files: FileSystem, path: string): Promise<StoredSums> {
  const read = await withDisk(files, path, async (file): Promise<ParsedSums> => {
    if (file.sizeBytes > MOST_SUM_FILE_BYTES)
      return { kind: 'damaged', why: `it has ${file.sizeBytes} bytes` };
    return parseSums(await readExactly(file, 0, file.sizeBytes));
  });
  return read === 'absent' ? { kind: 'absent' } : read;
}

/**
 * Puts a disk's sums on a share, in the place of those that are there, durably: whoever looks finds the old ones or the new
 * ones, whole. May be stopped at any call and repeated; two at once do no harm. What an earlier one left half written goes.
 */
export async function writeSums(
  { files, paths, random }: ScrubbedShare,
  sums: BlockSums,
): Promise<void> {
  const { uuid } = sums.disk;
  await makeFolderDurably(files, paths.sumFolder);
  await makeFolderDurably(files, paths.temporaryFolder);
  const prefix = `sum.${uuid}.`;
  for (const name of await namesIfThere(files, paths.temporaryFolder)) {
    if (name.startsWith(prefix)) await unlinkIfThere(files, `${paths.temporaryFolder}/${name}`);
  }
  const attempt = Buffer.from(random.bytes(16)).toString('hex');
  const temporary = `${paths.temporaryFolder}/${prefix}${attempt}`;
  const content = { pieces: [{ position: 0, bytes: encodeSums(sums) }] };
  await writeFile(await files.make(temporary, 0o644), content, () => undefined);
  await files.rename(temporary, `${paths.sumFolder}/${uuid}`);
  await files.syncFolder(paths.sumFolder);
}

/** Removes a disk's sums, as with the disk itself. Nothing there is success. */
export async function forgetSums(
  { files, paths }: ScrubbedShare,
  uuid: ResourceUuid,
): Promise<void> {
  await unlinkIfThere(files, `${paths.sumFolder}/${uuid}`);
}
