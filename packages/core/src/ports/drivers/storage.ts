import type { ExternalId, ResourceUuid } from '../../model/identity.js';
import type { Driver, DriverCall } from '../driver.js';
import type { StorageContent } from './storage-content.js';

/** Keeps images and volumes: what a package like `driver-nfs-vhd` registers under `STORAGE`. */
export interface StorageDriver extends DiskDrivers {
  /** `nfs-vhd` */
  readonly name: string;

  /**
   * Its shares, where there are several and each disk has to be put on one of them: as {@link StorageDriver.pools}
   * reports them, and by configuration, so that it is known while they are away. The drivers of the storage driver
   * itself then find an object wherever it is, and make none: `create` is `rejected` with the code `ShareUnnamed`.
   */
  readonly shares?: readonly StorageShare[] | undefined;

  /** The shares there are, with their room. Called at start and every minute. */
  pools(call: DriverCall): Promise<readonly StoragePoolReport[]>;

  /**
   * Takes one bounded step of what a share needs from time to time: chains are joined, what nothing reads any more is
   * removed, what is there is verified. One caller a share at a time, and nothing breaks where there are two. Absent
   * where the driver has no such work.
   */
  upkeep?(request: UpkeepRequest, call: DriverCall): Promise<UpkeepReport>;
}

/** One of several shares: drivers that look there and nowhere else. Each has a `name` and a `backend` of its own. */
export interface StorageShare extends DiskDrivers {
  /** As in {@link StoragePoolReport}. */
  readonly external: ExternalId;
}

/** The drivers of everything that is kept in one place. */
export interface DiskDrivers {
  readonly images: Driver<ImageDesired, ImageActual>;
  readonly volumes: Driver<VolumeDesired, VolumeActual>;
  /**
   * Snapshots of single volumes. Optional: without it there are none. Volumes take them (`VolumeDesired.snapshots`), so
   * a create that finds none and is given no copy of the volume is `rejected` with the code `NotTaken`. A snapshot that is removed is absent at once; what
   * others read of it stays until nothing does.
   */
  readonly snapshots?: Driver<VolumeSnapshotDesired, VolumeSnapshotActual> | undefined;
  /**
   * Volumes that come from another share. Optional: without it none is moved here. An arrival is whole, durable and the
   * same as the volume, and is no volume yet: no hypervisor sees it beside the one that is left. A volume is made of it
   * by a create ({@link ArrivedVolume}), after which the arrival may be gone by itself.
   */
  readonly arrivals?: Driver<ArrivalDesired, DiskFileActual> | undefined;
  /** Absent where it makes none: then servers with user data or keys can't be had. */
  readonly configDrives?: Driver<ConfigDriveDesired, DiskFileActual> | undefined;

  /**
   * The bytes of disks, for whoever takes them out and brings them. Absent where nobody in this process can, and from
   * several shares taken together: ask the share that the disk is on.
   */
  readonly content?: StorageContent | undefined;
}

/** Which share, and what must be left alone there. */
export interface UpkeepRequest {
  readonly pool: ExternalId;
  /**
   * Disks that must stay, by all that is recorded: nothing of what they read is removed. Those that a server has open,
   * or may have, are `open`.
   */
  readonly disks: ReadonlyMap<ResourceUuid, 'open' | 'closed'>;
  /** What the last report said; absent for a fresh round. */
  readonly cursor?: string | undefined;
}

/** What a step of upkeep did. */
export interface UpkeepReport {
  /** Where to go on; absent when the round is over. */
  readonly cursor?: string | undefined;
  /** What was done, in words, for the event history. */
  readonly done: readonly string[];
  /** What needs a person, in words: a block that is damaged, and what reads it. */
  readonly problems: readonly string[];
}

/** An image as it should be: read-only, the base of clones. */
export interface ImageDesired {
  readonly name: string;
  /** A multiple of 2 MiB. Absent, where content is imported: what that needs, in whole GiB. */
  readonly sizeBytes?: number | undefined;
  readonly source: ImageSource;
}

/**
 * Where an image's content comes from. `generated` is a small stand-in: a boot sector that says what it is and nothing
 * else, enough for the simulator and for tools that look at partition tables. `url` is fetched, `upload` is brought by a
 * client ({@link StorageContent}); a create whose content is not all there yet is unsettled and tells its progress. With
 * `sha256` (64 hexadecimal digits) content that differs is never published: `invalid`, with the code `ChecksumMismatch`.
 */
export type ImageSource =
  | { readonly kind: 'generated'; readonly osType: 'linux' | 'windows' }
  | ImportedImage
  | ImageCopy;

/** Content that comes from outside. */
export type ImportedImage =
  | {
      readonly kind: 'url';
      /** `https` or `http`, without a user. A secret where it is signed: no message tells more of it than its host. */
      readonly url: string;
      readonly format: ImageFormat;
      readonly sha256?: string | undefined;
    }
  | {
      readonly kind: 'upload';
      readonly format: ImageFormat;
      readonly sha256?: string | undefined;
    };

/**
 * An image that is on another share already, and is to be on this one too: what was copied is compared with it before
 * it is published. A name of its own, for a hypervisor knows a disk by its name alone, wherever it is. A share that it
 * can't be read from is `rejected`, `SourceAway`: the share that is written to is not away.
 */
export interface ImageCopy {
  readonly kind: 'copy';
  readonly image: ResourceUuid;
  /** Where that is. */
  readonly share: ExternalId;
}

/** What the bytes of an imported image are; `auto` looks at them. */
export type ImageFormat = 'auto' | 'raw' | 'vhd' | 'qcow2' | 'vmdk';

/** An image's file as it is. */
export interface ImageActual extends DiskFileActual {
  /** SHA-256 of the content it was imported from, in hexadecimal digits; absent for one that was not imported. */
  readonly sha256?: string | undefined;
}

/** A volume as it should be. */
export interface VolumeDesired {
  readonly name: string;
  /** A multiple of 2 MiB, at least the origin's. A volume never shrinks. */
  readonly sizeBytes: number;
  /** What it is a thin copy of; absent for an empty volume. Counts when it is made, and never again. */
  readonly origin?: VolumeOrigin | undefined;
  /**
   * Whether its file is the storage driver's alone. `attached`: a server has it open, or may have; then nothing of what
   * is there is changed, and what differs (`sizeBytes`, `snapshots`, `restores`, `contents`, `chain`) is no change that `observe`
   * lists. Absent: `attached`. That the two take turns may be a change of its own, `use`: a volume is handed to a server
   * only once nothing differs from `attached`, so that a driver can refuse, from then on, whoever still thinks it free.
   */
  readonly use?: 'free' | 'attached' | undefined;
  /**
   * The move ({@link ArrivalDesired}) by which it is to come to another share; counts while it is `attached`, so that
   * nothing of it is changed. That it is noted may be a change of its own, `leaving`; nothing arrives of a volume that does
   * not say so.
   */
  readonly leaving?: number | undefined;
  /** Snapshots that are to be taken of it, each once, in this order: `snapshots.<uuid>`. Those taken may be left out. */
  readonly snapshots?: readonly ResourceUuid[] | undefined;
  /** The last restore that was asked for: `restores`. What was written since the snapshot is gone with it. */
  readonly restore?: VolumeRestore | undefined;
  /** What was brought for it and is to be what it holds: `contents`. What it held before is gone with it. */
  readonly content?: VolumeContent | undefined;
}

/** What a volume is a thin copy of, or comes from. `rejected`, `OriginMissing`, where there is no such thing. */
export type VolumeOrigin =
  | { readonly image: ResourceUuid }
  | { readonly snapshot: ResourceUuid }
  | ArrivedVolume;

/** A volume that has come from another share. */
export interface ArrivedVolume {
  readonly volume: ResourceUuid;
  /** As in {@link ArrivalDesired}. */
  readonly move: number;
}

/**
 * A volume that is on another share and is to come to this one, with all that it reads from there. From the first look
 * on nobody changes it there. A share that it can't be read from is `rejected`, `SourceAway`, and so is a volume that does not leave by this move,
 * `NotLeaving`.
 */
export interface ArrivalDesired {
  readonly name: string;
  readonly volume: ResourceUuid;
  /** Where that is. */
  readonly share: ExternalId;
  /** Counts the moves of the volume: what an earlier one has left is never taken for this one. */
  readonly move: number;
}

/** A volume is to hold once more what it held at a snapshot. `rejected`, `OriginMissing`, where that is not there any more. */
export interface VolumeRestore {
  readonly snapshot: ResourceUuid;
  /** Counts the restores asked for: a volume whose own count is lower is restored once. */
  readonly count: number;
}

/**
 * A volume is to hold what was brought (`StorageContent.receive`), from its first byte on, with zeros behind. Where that
 * can't be, because its checksum differs, say, the volume stays as it is, which settles it too: `VolumeActual.refused`.
 */
export interface VolumeContent {
  /** Which content: `ReceivedContent.id`. */
  readonly upload: string;
  /** Counts the contents asked for: a volume whose own count is lower is given it once. */
  readonly count: number;
}

/** A volume's file as it is. */
export interface VolumeActual extends DiskFileActual {
  /** How many restores it has had; absent for none. */
  readonly restores?: number | undefined;
  /** How many contents it was given, or was to be given and refused; absent for none. */
  readonly contents?: number | undefined;
  /** Why the last of them was refused, in words; absent where it was not. */
  readonly refused?: string | undefined;
}

/**
 * A snapshot of a volume. It is taken by a change of its volume, which alone knows that nobody writes there; or made by a
 * `create`, of a copy that the hypervisor took while a server had the volume.
 */
export interface VolumeSnapshotDesired {
  readonly name: string;
  readonly volume: ResourceUuid;
  /** Counts while the snapshot is not there yet. */
  readonly copy?: VolumeCopy | undefined;
}

/** What the hypervisor keeps of a volume as it was at one moment: `ServerSnapshotActual.copy`. */
export interface VolumeCopy {
  /** The name of its file on the volume's share. That may go once the snapshot is there. */
  readonly disk: ResourceUuid;
  /** Milliseconds since the epoch. */
  readonly takenAt: number;
}

/** A snapshot as it was taken. */
export interface VolumeSnapshotActual extends DiskFileActual {
  /** Milliseconds since the epoch. */
  readonly takenAt: number;
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
  /** The share it is on, by its external id, where it was looked for on all of several. */
  readonly share?: ExternalId | undefined;
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
  /** How much of what is to be put somewhere it gets, against the others: 2 gets twice as full as 1, the default. */
  readonly weight?: number | undefined;
}
