import { constants } from 'node:fs';
import { link, mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * All of the file system that the driver uses, so that a simulator can stop or fail it at every call. Methods throw the
 * operating system's error unless they say otherwise.
 */
export interface RecordFiles {
  /**
   * Names in a folder, in no order, as they were at one time while it has no more than hundreds; absent when there is no
   * such folder.
   */
  names(folder: string): Promise<readonly string[] | undefined>;
  /** A small file's text; absent when there is none. Never follows a symbolic link. */
  read(path: string): Promise<string | undefined>;
  /** Makes a file that must not exist yet, for its owner only, and syncs it. */
  write(path: string, text: string): Promise<void>;
  /** Lets `to` stand for what `from` stood for, in one step; a folder takes the place of an empty one only. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file another name, which must not exist: fails with `EEXIST`. */
  link(existing: string, name: string): Promise<void>;
  /** Removes a name; nothing there is success. */
  remove(path: string): Promise<void>;
  /** Makes a folder and those above it, and makes their names durable; nothing happens where it exists. */
  makeFolder(path: string): Promise<void>;
  /** Removes an empty folder; nothing there is success. Fails with `ENOTEMPTY` or `EEXIST` where it is not empty. */
  removeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

/** The operating system's files. */
export const nodeRecordFiles: RecordFiles = {
  names: (folder) => unlessMissing(() => readdir(folder)),
  read: (path) =>
    unlessMissing(async () => {
      const file = await open(
        path,
        constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      );
      try {
        return await file.readFile('utf8');
      } finally {
        await file.close();
      }
    }),
  async write(path, text) {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename,
  link,
  async remove(path) {
    await unlessMissing(() => unlink(path));
  },
  async makeFolder(path) {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return;
    for (let place = path; place.length >= first.length; place = dirname(place)) {
      await syncFolder(dirname(place));
    }
  },
  async removeFolder(path) {
    await unlessMissing(() => rmdir(path));
  },
  syncFolder,
};

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function unlessMissing<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}
