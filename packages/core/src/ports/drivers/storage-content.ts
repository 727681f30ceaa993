import type { DriverCall, ObjectKey } from '../driver.js';

/**
 * The bytes of disks: taken out of a share, and brought into it. Methods fail with DriverFailure. What they hand out is
 * used by the process they run in; a driver in another process has none.
 */
export interface StorageContent {
  /**
   * Opens a disk for reading, as its guest would see it. Nobody may write to it meanwhile: whoever asks makes sure of
   * that. `rejected` with the code `ContentMissing` where the disk is not there.
   */
  read(disk: StoredDisk, format: ContentFormat, call: DriverCall): Promise<DiskContent>;

  /** How much of the content of an image, or of a volume, was brought so far, and is durable. */
  received(key: ObjectKey, call: DriverCall): Promise<ReceivedContent>;

  /**
   * Takes more of such content, from `from` on, which has to be where it ends (`rejected`, `OffsetDiffers`); 0
   * begins anew and forgets what was there. Reads no faster than it writes. Where `chunks` or the call breaks off, what
   * was taken stays as far as it was made durable: {@link received} tells. The image's create makes an image of it once
   * all of it is there, and a volume's update gives it the volume (`VolumeDesired.content`); more for an image that is there
   * already is `rejected`, `ContentComplete`.
   */
  receive(
    key: ObjectKey,
    part: ContentPart,
    chunks: AsyncIterable<Uint8Array>,
    call: Pick<DriverCall, 'signal'>,
  ): Promise<ReceivedContent>;
}

/** Which disk. */
export interface StoredDisk {
  readonly kind: 'image' | 'volume' | 'snapshot';
  readonly key: ObjectKey;
}

/** `raw`: every byte the guest sees. `vhd`: one dynamic VHD without a parent, blocks that hold nothing left out. */
export type ContentFormat = 'raw' | 'vhd';

/** A disk that is open for reading. Whoever opened it closes it. */
export interface DiskContent {
  /** Exactly as many bytes as reading all of it gives. */
  readonly sizeBytes: number;
  /** Other content has another one; the same content may have several. 1–64 of `A-Z a-z 0-9 . _ -`. */
  readonly version: string;
  /** The bytes from `start` to `end`, which is excluded; read as slowly as they are taken. */
  stream(start: number, end: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** How far content has come. */
export interface ReceivedContent {
  /** Bytes that are there, without a gap, from the first on. */
  readonly receivedBytes: number;
  /** How many there will be; absent before that was said. */
  readonly totalBytes?: number | undefined;
  /** Names this very content: other content that is brought later has another. Absent before anything was brought. */
  readonly id?: string | undefined;
}

/** What of a content is brought. */
export interface ContentPart {
  readonly from: number;
  /** How long the whole content is; has to be said by the first part. */
  readonly totalBytes?: number | undefined;
  /** SHA-256 of the whole content, in hexadecimal digits; content that differs is `invalid`, `ChecksumMismatch`. */
  readonly sha256?: string | undefined;
  /** The volume that it is brought for, which is there already; absent for an image. */
  readonly volume?: ReceivingVolume | undefined;
}

/** A volume that content is brought for. */
export interface ReceivingVolume {
  /** What of a disk fits: more is `invalid`, `ContentTooLarge`. */
  readonly sizeBytes: number;
  /** What the first part says that the content is. It is never guessed: what a guest wrote may look like anything. */
  readonly format: ContentFormat;
}
