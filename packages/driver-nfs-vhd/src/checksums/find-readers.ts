import { errnoName } from '../files/errno.js';
import { inLanes } from '../vhd/in-lanes.js';
import { lastPartOf } from '../vhd/parent-file-names.js';
import { VhdError } from '../vhd/vhd-error.js';
import { readIdentity } from './read-identity.js';
import { diskNames, type ScrubbedShare, withDisk } from './scrubbed-share.js';

/** Enough to keep a server busy that is some way off. */
const LANES = 32;

/** Names of all files in a share that read from the one of a name, directly or through others, sorted. */
export type Readers = (name: string) => Promise<readonly string[]>;

/** Looks who reads from whom once it is asked for the first time, by one small read a file, and goes by that. */
export function readersOn(share: ScrubbedShare, signal: AbortSignal): Readers {
  let known: Promise<ReadonlyMap<string, readonly string[]>> | undefined;
  return async (name) => {
    known ??= childrenByParent(share, signal);
    const children = await known;
    const found = new Set<string>();
    const open = [name];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const child of children.get(next) ?? []) {
        // A loop of parents leads back to where it began.
        if (child === name || found.has(child)) continue;
        found.add(child);
        open.push(child);
      }
    }
    return [...found].sort();
  };
}

async function childrenByParent(
  { files, paths }: ScrubbedShare,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const children = new Map<string, string[]>();
  await inLanes(await diskNames(files, paths.folder), { lanes: LANES, signal }, async (child) => {
    const parent = await parentName(files, `${paths.folder}/${child}`);
    if (parent === undefined) return;
    const known = children.get(parent);
    if (known === undefined) children.set(parent, [child]);
    else known.push(child);
  });
  return children;
}

async function parentName(
  files: ScrubbedShare['files'],
  path: string,
): Promise<string | undefined> {
  try {
    const found = await withDisk(files, path, readIdentity);
    return found === 'absent' || found.parent === undefined
      ? undefined
      : lastPartOf(found.parent.fileName);
  } catch (thrown) {
    if (thrown instanceof VhdError || errnoName(thrown) !== undefined) return undefined;
    throw thrown;
  }
}
