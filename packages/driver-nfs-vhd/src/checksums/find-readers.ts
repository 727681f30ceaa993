import { errnoName } from '../files/errno.js';
import { inLanes } from '../vhd/in-lanes.js';
import { VhdError } from '../vhd/vhd-error.js';
import { readIdentity } from './read-identity.js';
import { diskNames, type ScrubbedShare, withDisk } from './scrubbed-share.js';

/** Enough to keep a server busy that is some way off. */
const LANES = 32;

/** Names of all files in a share that read from `name`, directly or through others, sorted. One small read a file. */
export async function findReaders(
  { files, paths }: ScrubbedShare,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const parents = new Map<string, string>();
  await inLanes(await diskNames(files, paths.folder), { lanes: LANES, signal }, async (child) => {
    const parent = await parentName(files, `${paths.folder}/${child}`);
    if (parent !== undefined) parents.set(child, parent);
  });
  const readers = new Set<string>();
  // A reader of a reader may be seen before it: once more until nothing is added.
  for (let before = -1; before !== readers.size; ) {
    before = readers.size;
    for (const [child, parent] of parents) {
      if (child !== name && (parent === name || readers.has(parent))) readers.add(child);
    }
  }
  return [...readers].sort();
}

async function parentName(
  files: ScrubbedShare['files'],
  path: string,
): Promise<string | undefined> {
  try {
    const found = await withDisk(files, path, readIdentity);
    return found === 'absent' ? undefined : found.parent?.fileName;
  } catch (thrown) {
    if (thrown instanceof VhdError || errnoName(thrown) !== undefined) return undefined;
    throw thrown;
  }
}
