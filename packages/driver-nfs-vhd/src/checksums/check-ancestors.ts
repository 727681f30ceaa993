import { ensureError } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import { lastPartOf } from '../vhd/parent-file-names.js';
import { VhdError } from '../vhd/vhd-error.js';
import { type DiskIdentity, readIdentity } from './read-identity.js';
import type { ChainFinding } from './scrub-finding.js';
import { type ScrubbedShare, withDisk } from './scrubbed-share.js';

const MOST_FILES = 64;

/** What is wrong with the chain above a file, by one small read an ancestor; absent when it ends well. */
export async function checkAncestors(
  { files, paths }: ScrubbedShare,
  name: string,
  identity: DiskIdentity,
): Promise<Omit<ChainFinding, 'readers'> | undefined> {
  // By names: what a hypervisor has copied keeps the uuid of the disk that reads from it.
  const seen = new Set<string>([name]);
  const finding = (code: ChainFinding['code'], detail: string): Omit<ChainFinding, 'readers'> => ({
    kind: 'chain',
    file: name,
    code,
    detail,
  });
  for (let parent = identity.parent; parent !== undefined; ) {
    const parentName = lastPartOf(parent.fileName);
    if (parentName === undefined)
      return finding('ParentMissing', `${JSON.stringify(parent.fileName)} is no file's name`);
    if (seen.has(parentName)) return finding('ParentLoop', `${parentName} is its own ancestor`);
    if (seen.size >= MOST_FILES)
      return finding('ChainTooDeep', `a chain of more than ${MOST_FILES} files`);
    seen.add(parentName);
    let found: DiskIdentity | 'absent';
    try {
      found = await withDisk(files, `${paths.folder}/${parentName}`, readIdentity);
    } catch (thrown) {
      if (!(thrown instanceof VhdError) && errnoName(thrown) === undefined) throw thrown;
      return finding('ParentUnreadable', `${parentName}: ${ensureError(thrown).message}`);
    }
    if (found === 'absent') return finding('ParentMissing', `${parentName} is not there`);
    if (found.uuid !== parent.uuid)
      return finding(
        'ParentMismatch',
        `${parentName} is the disk ${found.uuid}, not ${parent.uuid}`,
      );
    parent = found.parent;
  }
  return undefined;
}
