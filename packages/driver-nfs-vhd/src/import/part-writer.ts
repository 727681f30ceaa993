import type { ResourceUuid } from '@gdcloud/core';
import { overtaken } from '../disks/disk-failures.js';
import { errnoName } from '../files/errno.js';
import type { OpenFile } from '../files/file-system.js';
import { unlinkIfThere } from '../files/publish-file.js';
import type { Share } from '../share/share.js';
import { draftName, partName } from './content-names.js';
import { hex } from './content-store.js';

/** At most so much is fetched again after a crash, and so many files a gibibyte takes: 16. */
const PART_BYTES = 64 * 1024 * 1024;
/** A slow source makes smaller parts, so that a crash costs no more than this. */
const PART_MS = 15_000;
const BUFFER_BYTES = 1024 * 1024;

/**
 * Writes content as parts. Each is made under a name that nobody else knows, synced, and becomes a part by one link, so
 * that of several writers exactly one continues the content and none changes what is there.
 */
export class PartWriter {
  readonly #share: Share;
  readonly #uuid: ResourceUuid;
  readonly #content: string;
  /** Where the part begins that is being written. */
  #start: number;
  #file: { readonly path: string; readonly handle: OpenFile } | undefined;
  #filed = 0;
  #begun = 0;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #buffered = 0;

  constructor(share: Share, uuid: ResourceUuid, content: string, from: number) {
    this.#share = share;
    this.#uuid = uuid;
    this.#content = content;
    this.#start = from;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#start + this.#filed + this.#buffered;
  }

  /** Bytes that are durable. */
  get durableBytes(): number {
    return this.#start;
  }

  /** Takes bytes that follow those before. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.byteLength; ) {
      const room = Math.min(BUFFER_BYTES - this.#buffered, bytes.byteLength - done);
      this.#buffer.set(bytes.subarray(done, done + room), this.#buffered);
      this.#buffered += room;
      done += room;
      if (this.#buffered === BUFFER_BYTES) await this.#flush();
    }
    const age = this.#share.clock.monotonic() - this.#begun;
    if (this.#filed >= PART_BYTES || (this.#filed > 0 && age >= PART_MS)) await this.publish();
  }

  /** Makes all that was taken durable. Throws `Overtaken` where another continued the content. */
  async publish(): Promise<void> {
    await this.#flush();
    const file = this.#file;
    if (file === undefined) return;
    const { files, paths } = this.#share;
    this.#file = undefined;
    try {
      await file.handle.sync();
    } finally {
      await file.handle.close();
    }
    const part = `${paths.temporaryFolder}/${partName(this.#uuid, this.#content, this.#start)}`;
    try {
      await files.link(file.path, part);
    } catch (thrown) {
      const name = errnoName(thrown);
      if (name !== 'EEXIST' && name !== 'ENOENT') throw thrown;
      await unlinkIfThere(files, file.path);
      throw overtaken(part);
    }
    await files.syncFolder(paths.temporaryFolder);
    await unlinkIfThere(files, file.path);
    this.#start += this.#filed;
    this.#filed = 0;
  }

  /** Gives up what is not durable. Never throws: what is left is swept by the next try. */
  async abandon(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#buffered = 0;
    this.#filed = 0;
    if (file === undefined) return;
    await file.handle.close().catch(() => undefined);
    await this.#share.files.unlink(file.path).catch(() => undefined);
  }

  async #flush(): Promise<void> {
    if (this.#buffered === 0) return;
    this.#file ??= await this.#make();
    const file = this.#file;
    await file.handle.writeAt(this.#buffer.subarray(0, this.#buffered), this.#filed);
    this.#filed += this.#buffered;
    this.#buffered = 0;
  }

  async #make(): Promise<{ readonly path: string; readonly handle: OpenFile }> {
    const { files, paths } = this.#share;
    const name = draftName(this.#uuid, this.#content, hex(this.#share, 16));
    const path = `${paths.temporaryFolder}/${name}`;
    this.#begun = this.#share.clock.monotonic();
    return { path, handle: await files.make(path, 0o600) };
  }
}
