/**
 * All of the file system that the driver uses, so that a simulator can stop or fail it at every single call. Methods
 * throw the operating system's error (`code`, `errno`) unless they say otherwise, and never follow a symbolic link in
 * the last part of a path.
 */
export interface FileSystem {
  /** What is at `path`; absent when nothing is. */
  status(path: string): Promise<FileStatus | undefined>;
  /** Names in a folder, in no order; without those that an NFS client gives to what was removed while it was open. */
  names(folder: string): Promise<readonly string[]>;
  /** What is in a folder, with its kind; like {@link FileSystem.names}, and dearer where many names are. */
  entries(folder: string): Promise<readonly FolderEntry[]>;
  /**
   * Opens an existing file for reading. What is no plain file is refused, and nothing hangs in it: `ELOOP` a symbolic link,
   * `EISDIR` a folder, `ENXIO` a pipe, a device, a socket.
   */
  open(path: string): Promise<OpenFile>;
  /** Opens an existing file for reading and writing; refuses as {@link FileSystem.open} does. */
  openForWriting(path: string): Promise<OpenFile>;
  /** Makes a file that must not exist yet and opens it for writing. `mode` is its final permission. */
  make(path: string, mode: number): Promise<OpenFile>;
  /** Gives a file a second name; fails with `EEXIST` where the name is taken, which `rename` would not. */
  link(existing: string, name: string): Promise<void>;
  /**
   * Lets `to` stand for what `from` stood for, in one step: whoever opens `to` finds the old file or the new one. Nothing
   * happens where both are names of one file.
   */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes a folder in one that is there; nothing happens where it exists. */
  makeFolder(path: string): Promise<void>;
  /** Removes a folder that is empty; `ENOTEMPTY` where it is not. */
  removeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Room on the file system of `path`. */
  space(path: string): Promise<FileSystemSpace>;
  /** Succeeds when this process may write in the folder, without writing. */
  demandWritable(folder: string): Promise<void>;
}

/** An open file. Success of `writeAt` means nothing before `sync` has succeeded. */
export interface OpenFile {
  status(): Promise<FileStatus>;
  /** Fills `target` from `position` as far as the file goes; returns how many bytes it filled. */
  readAt(target: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes`. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What lies at a name. */
export type FileKind = 'file' | 'folder' | 'symbolicLink' | 'other';

/** A name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** What the file system knows of a name. */
export interface FileStatus {
  readonly kind: FileKind;
  /** Two names with the same one are names of one file. Used again once a file is gone. */
  readonly identity: string;
  readonly sizeBytes: number;
  /** What it takes on disk. */
  readonly physicalBytes: number;
  /** How many names it has. */
  readonly names: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Room on a file system, in bytes. */
export interface FileSystemSpace {
  readonly totalBytes: number;
  /** What this process may still take. */
  readonly freeBytes: number;
}
