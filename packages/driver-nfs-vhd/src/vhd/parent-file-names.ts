import type { ParentWanted } from './parent-wanted.js';

/** More than any file system that we know lets a name have; bytes of UTF-8. */
const MOST_NAME_BYTES = 255;

/**
 * Under which names a parent is looked for in the one folder where it may be, in the order in which its child says them.
 * Only the last part of a path counts: what a VHD says must not make us open a file elsewhere.
 */
export function parentFileNames({
  fileName,
  paths,
}: Pick<ParentWanted, 'fileName' | 'paths'>): readonly string[] {
  const names = [...paths, fileName].map(lastPartOf).filter((name) => name !== undefined);
  return [...new Set(names)];
}

/** The last part of a path, as Unix or Windows write it; absent where that can be no file's name. */
export function lastPartOf(path: string): string | undefined {
  const name = path.split(/[/\\]/).at(-1) ?? '';
  if (name === '' || name === '.' || name === '..' || name.includes('\0')) return undefined;
  return Buffer.byteLength(name) > MOST_NAME_BYTES ? undefined : name;
}
