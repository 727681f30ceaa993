import { createHash } from 'node:crypto';
import { DriverFailure } from '../model/errors.js';
import type { ResourceUuid } from '../model/identity.js';
import type { DriverCall, ObjectKey, WorkProgress } from '../ports/driver.js';
import type {
  ContentFormat,
  ContentPart,
  DiskContent,
  ReceivedContent,
  ReceivingVolume,
  StorageContent,
  StoredDisk,
} from '../ports/drivers/storage-content.js';

interface Brought {
  readonly id: string;
  readonly totalBytes: number;
  readonly sha256: string | undefined;
  bytes: Buffer;
}

const CHUNK_BYTES = 1024;

/** The bytes of disks in memory: what tests put there, and what was brought. */
export class MemoryContent implements StorageContent {
  /** What each disk holds, whatever the format. */
  readonly bytes = new Map<ResourceUuid, Buffer>();
  /** Contents that are open. */
  open = 0;
  #count = 0;
  readonly #brought = new Map<ResourceUuid, Brought>();
  /** Why what was brought last became no image; until something else is. */
  readonly #refused = new Map<ResourceUuid, DriverFailure>();

  async read(
    { key }: StoredDisk,
    _format: ContentFormat,
    { signal }: DriverCall,
  ): Promise<DiskContent> {
    signal.throwIfAborted();
    const bytes = this.bytes.get(key.uuid);
    if (bytes === undefined) throw refused('ContentMissing', `${key.uuid} has no content`);
    this.open += 1;
    return {
      sizeBytes: bytes.byteLength,
      version: sha256Of(bytes).slice(0, 16),
      async *stream(start, end, stop) {
        for (let at = start; at < end; at += CHUNK_BYTES) {
          stop.throwIfAborted();
          yield await Promise.resolve(bytes.subarray(at, Math.min(at + CHUNK_BYTES, end)));
        }
      },
      close: () => {
        this.open -= 1;
        return Promise.resolve();
      },
    };
  }

  async received({ uuid }: ObjectKey, { signal }: DriverCall): Promise<ReceivedContent> {
    signal.throwIfAborted();
    return standing(this.#brought.get(uuid));
  }

  async receive(
    { uuid }: ObjectKey,
    { from, totalBytes, sha256, volume }: ContentPart,
    chunks: AsyncIterable<Uint8Array>,
    { signal }: Pick<DriverCall, 'signal'>,
  ): Promise<ReceivedContent> {
    const before = this.#brought.get(uuid);
    const isWhole = before?.bytes.byteLength === before?.totalBytes;
    if (before !== undefined && volume === undefined && isWhole)
      throw refused('ContentComplete', 'all of its content is there already');
    if (from === 0 && totalBytes === undefined)
      throw refused('LengthMissing', 'how long the content is was not said');
    if (volume !== undefined && (totalBytes ?? 0) > volume.sizeBytes) throw tooLarge(volume);
    const brought = from === 0 ? this.#begun(totalBytes, sha256) : before;
    if (brought === undefined || brought.bytes.byteLength !== from)
      throw refused('OffsetDiffers', `it goes on at ${before?.bytes.byteLength ?? 0}`);
    this.#brought.set(uuid, brought);
    this.#refused.delete(uuid);
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      brought.bytes = Buffer.concat([brought.bytes, chunk]);
    }
    return standing(brought);
  }

  /** What a volume holds that is given what was brought, which goes with that; or why it can't be. */
  give(id: string): { readonly content: string } | { readonly refused: string } {
    for (const [uuid, { bytes, sha256, ...its }] of this.#brought) {
      if (its.id !== id || bytes.byteLength !== its.totalBytes) continue;
      this.#brought.delete(uuid);
      const found = sha256Of(bytes);
      if ((sha256 ?? found) !== found) return { refused: `ChecksumMismatch: it is ${found}` };
      this.bytes.set(uuid, bytes);
      return { content: bytes.toString('latin1') };
    }
    return { refused: 'ContentMissing: it is not there any more' };
  }

  #begun(totalBytes = 0, sha256?: string): Brought {
    this.#count += 1;
    return { id: `upload-${this.#count}`, totalBytes, sha256, bytes: Buffer.alloc(0) };
  }

  /** What an image made of what was brought holds; how far it is while that is not all there. */
  take(uuid: ResourceUuid, expected?: string): WorkProgress | { readonly sha256: string } {
    const refusal = this.#refused.get(uuid);
    if (refusal !== undefined) throw refusal;
    const brought = this.#brought.get(uuid);
    const { receivedBytes, totalBytes } = standing(brought);
    if (brought === undefined || receivedBytes !== totalBytes)
      return {
        percent: totalBytes === undefined ? 0 : Math.floor((receivedBytes / totalBytes) * 100),
        message: 'it waits for its content',
        afterMs: 60_000,
      };
    const found = sha256Of(brought.bytes);
    if ((brought.sha256 ?? found) !== found || (expected ?? found) !== found) {
      this.#brought.delete(uuid);
      const refusal = new DriverFailure('invalid', 'ChecksumMismatch', `the content is ${found}`, {
        remedy: 'Bring the right content.',
      });
      this.#refused.set(uuid, refusal);
      throw refusal;
    }
    this.bytes.set(uuid, brought.bytes);
    return { sha256: found };
  }
}

function standing(brought: Brought | undefined): ReceivedContent {
  return brought === undefined
    ? { receivedBytes: 0 }
    : {
        receivedBytes: brought.bytes.byteLength,
        totalBytes: brought.totalBytes,
        id: brought.id,
      };
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function tooLarge({ sizeBytes }: ReceivingVolume): DriverFailure {
  return new DriverFailure('invalid', 'ContentTooLarge', `the volume has ${sizeBytes} bytes`, {
    remedy: 'Resize the volume, and bring it again.',
  });
}

function refused(code: string, message: string): DriverFailure {
  return new DriverFailure('rejected', code, message, { remedy: 'Ask how far it is.' });
}
