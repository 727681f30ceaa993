import type { FileSystem } from './file-system.js';
import { openIfThere } from './open-if-there.js';

/** The first `mostBytes` of a file as UTF-8; absent when there is no file. */
export async function readText(
  files: FileSystem,
  path: string,
  mostBytes: number,
): Promise<string | undefined> {
  const file = await openIfThere(files, path);
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.allocUnsafe(mostBytes);
    const length = await file.readAt(bytes, 0);
    return bytes.toString('utf8', 0, length);
  } finally {
    await file.close();
  }
}
