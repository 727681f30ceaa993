import type { Entry, FolderEntry } from './disk-entries.js';
import { SystemError } from './system-error.js';

// As many as Linux follows.
const MOST_LINKS = 40;

/** Where a path leads: the folder of its last name, that name, and what it stands for, if anything. */
export interface Found {
  readonly folder: FolderEntry;
  readonly name: string;
  readonly entry: Entry | undefined;
}

/**
 * Walks an absolute path. A missing folder on the way is `ENOENT`, a file there `ENOTDIR`. Symbolic links are followed on
 * the way, in the last part only with `follow`.
 */
export function lookUp(
  root: FolderEntry,
  path: string,
  syscall: string,
  last: 'follow' | 'refuse',
): Found {
  const way = [root];
  const parts = partsOf(path).reverse();
  let links = 0;
  let found: Found = { folder: root, name: '', entry: root };
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (found.entry?.kind !== 'folder') {
      throw new SystemError(found.entry === undefined ? 'ENOENT' : 'ENOTDIR', syscall, path);
    }
    if (part === '..') {
      if (way.length > 1) way.pop();
      const folder = way.at(-1) ?? root;
      found = { folder, name: '', entry: folder };
      continue;
    }
    const folder = found.entry;
    const entry = folder.entries.get(part);
    if (entry?.kind === 'symbolicLink' && (parts.length > 0 || last === 'follow')) {
      links += 1;
      if (links > MOST_LINKS) throw new SystemError('ELOOP', syscall, path);
      if (entry.target.startsWith('/')) way.length = 1;
      parts.push(...partsOf(entry.target).reverse());
      const from = way.at(-1) ?? root;
      found = { folder: from, name: '', entry: from };
      continue;
    }
    if (entry?.kind === 'folder') way.push(entry);
    found = { folder, name: part, entry };
  }
  return found;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
