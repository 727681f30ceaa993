/** A disk file as a scan of the repository finds it. */
export interface DiskFile {
  readonly uuid: string;
  readonly virtualBytes: number;
  readonly physicalBytes: number;
  /** Marked as the base of clones: not for VMs. */
  readonly hidden: boolean;
}

/** The share behind a pool's storage repository. Somebody else makes its files. */
export interface DiskFiles {
  /** All files there are. Throws XAPI's fault when one can't be read. */
  scan(): Promise<readonly DiskFile[]>;
  /** Removes a disk's file; nothing happens when it is gone already. */
  remove(uuid: string): Promise<void>;
}
