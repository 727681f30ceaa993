import type { ExternalId, ResourceUuid } from '../../model/identity.js';
import type { Driver, DriverCall } from '../driver.js';

/** Keeps images and volumes: what a package like `driver-nfs-vhd` registers under `STORAGE`. */
export interface StorageDriver {
  /** `nfs-vhd` */
  readonly name: string;
  readonly images: Driver<ImageDesired, DiskFileActual>;
  readonly volumes: Driver<VolumeDesired, DiskFileActual>;
  /** Absent where it makes none: then servers with user data or keys can't be had. */
  readonly configDrives?: Driver<ConfigDriveDesired, DiskFileActual> | undefined;

  /** The shares there are, with their room. Called at start and every minute. */
  pools(call: DriverCall): Promise<readonly StoragePoolReport[]>;
}

/** An image as it should be: read-only, the base of clones. */
export interface ImageDesired {
  readonly name: string;
  /** A multiple of 2 MiB. */
  readonly sizeBytes: number;
  readonly source: ImageSource;
}

/**
 * Where an image's content comes from. `generated` is a small stand-in: a boot sector that says what it is and nothing
 * else, enough for the simulator and for tools that look at partition tables.
 */
export type ImageSource = { readonly kind: 'generated'; readonly osType: 'linux' | 'windows' };

/** A volume as it should be. */
export interface VolumeDesired {
  readonly name: string;
  /** A multiple of 2 MiB, at least the origin's. */
  readonly sizeBytes: number;
  /** What it is a thin copy of; absent for an empty volume. */
  readonly origin?: { readonly image: ResourceUuid } | undefined;
}

/**
 * A small read-only disk with files that a server reads when it boots for the first time: ISO 9660 with the names in
 * Joliet, as it should be. Made once: what is in it does not change any more. It holds secrets, so no message tells it.
 */
export interface ConfigDriveDesired {
  readonly name: string;
  /** Of the volume: 1–16 of `A-Z a-z 0-9 . _ -`. */
  readonly label: string;
  /** 1 MiB at most in all. */
  readonly files: readonly ConfigDriveFile[];
}

/** A file of a config drive, in its root folder. */
export interface ConfigDriveFile {
  /** 1–64 of `A-Z a-z 0-9 . _ -`, not beginning with a dot. */
  readonly name: string;
  readonly text: string;
}

/** An image's or a volume's file as it is. */
export interface DiskFileActual {
  /** What the guest sees, in bytes. */
  readonly virtualBytes: number;
  /** What it takes on the share, in bytes. */
  readonly physicalBytes: number;
  /** The file this one reads unwritten blocks from. */
  readonly parent?: ResourceUuid | undefined;
}

/** A share as the backend reports it. */
export interface StoragePoolReport {
  readonly external: ExternalId;
  readonly name: string;
  readonly live: boolean;
  /** Why it is not live, in words; absent when it is. */
  readonly problem?: string | undefined;
  readonly totalBytes: number;
  readonly usedBytes: number;
}
