import { errnoName } from './errno.js';
import type { FileSystem } from './file-system.js';

/**
 * Gives a file a second name. `same` where it has it already, also when that was our own doing whose reply was lost;
 * `gone` where it has lost the first one; `taken` where another file has it.
 */
export async function linkOnce(
  files: FileSystem,
  existing: string,
  name: string,
): Promise<'linked' | 'same' | 'gone' | 'taken'> {
  try {
    await files.link(existing, name);
    return 'linked';
  } catch (thrown) {
    const code = errnoName(thrown);
    if (code === 'ENOENT') return 'gone';
    if (code !== 'EEXIST') throw thrown;
  }
  const [one, other] = [await files.status(existing), await files.status(name)];
  if (one === undefined) return 'gone';
  return one.identity === other?.identity ? 'same' : 'taken';
}
