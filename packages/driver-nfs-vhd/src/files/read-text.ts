import { errnoName } from './errno.js';
import type { FileSystem } from './file-system.js';

/** The first `mostBytes` of a file as UTF-8; absent when there is no file. */
export async function readText(
  files: FileSystem,
  path: string,
  mostBytes: number,
): Promise<string | undefined> {
  let file: Awaited<ReturnType<FileSystem['open']>>;
  try {
    file = await files.open(path);
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  try {
    const bytes = Buffer.allocUnsafe(mostBytes);
    const length = await file.readAt(bytes, 0);
    return bytes.toString('utf8', 0, length);
  } finally {
    await file.close();
  }
}
