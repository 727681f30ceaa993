import { unlink } from 'node:fs/promises';
import { type Links, type NodeVhdFile, openVhdFile } from '../vhd/node-vhd-file.js';

/** Opens a file for the time of some work. */
export async function withFile<Result>(
  path: string,
  use: 'read' | 'write',
  work: (file: NodeVhdFile) => Promise<Result>,
  links: Links = 'followed',
): Promise<Result> {
  const file = await openVhdFile(path, use, links);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Makes a file, and removes it again where the work on it fails. */
export async function withNewFile<Result>(
  path: string,
  work: (file: NodeVhdFile) => Promise<Result>,
): Promise<Result> {
  const file = await openVhdFile(path, 'create');
  try {
    const result = await work(file);
    await file.close();
    return result;
  } catch (thrown) {
    await file.close();
    await unlink(path);
    throw thrown;
  }
}
