/** A disk file as a scan of the repository finds it. */
export interface DiskFile {
  readonly uuid: string;
  readonly virtualBytes: number;
  readonly physicalBytes: number;
  /** Marked as the base of clones: not for VMs. */
  readonly hidden: boolean;
  /** The disk whose file it reads what it does not hold itself from. */
  readonly parent?: string | undefined;
}

/** The share behind a pool's storage repository. Somebody else makes its files, unless it can make them itself. */
export interface DiskFiles {
  /** All files there are. Throws XAPI's fault when one can't be read. */
  scan(): Promise<readonly DiskFile[]>;
  /** Removes a disk's file; nothing happens when it is gone already. */
  remove(uuid: string): Promise<void>;
  /** What the storage manager does to files by itself; without it, it only shows those that others made. */
  readonly changes?: DiskChanges | undefined;
}

/**
 * Makes and changes disk files as the storage manager does. Sizes are multiples of 2 MiB. What a disk holds may be
 * `split` off into a hidden file of `base`, which it reads from then on; `shared` says that there was no need to.
 */
export interface DiskChanges {
  /** An empty disk. */
  create(uuid: string, virtualBytes: number): Promise<void>;
  /** Makes `branch` a disk with the contents that `source` has now; both read from the same file. */
  branch(source: string, base: string, branch: string): Promise<'shared' | 'split'>;
  /** Lets a disk grow. */
  resize(uuid: string, base: string, virtualBytes: number): Promise<'shared' | 'split'>;
  /**
   * Removes hidden files that nothing reads from, and, when asked to `merge`, hidden ones that only one other reads from:
   * what they hold goes into their own parent.
   */
  collect(bases: 'keep' | 'merge'): Promise<void>;
}
