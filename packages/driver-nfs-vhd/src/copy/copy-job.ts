import { ensureError } from '@gdcloud/core';
import type { FileSystem, OpenFile } from '../files/file-system.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { vhdOnFile } from '../files/vhd-on-file.js';
import { openChain, type VhdChain } from '../vhd/chain.js';
import type { VhdDescription } from '../vhd/new-vhd.js';
import type { Progress } from '../vhd/progress.js';
import type { Writable } from '../vhd/writable.js';
import { writeVhd } from '../vhd/write-vhd.js';
import { copyDiffers, sourceAway } from './copy-failures.js';
import { Gate } from './gate.js';
import { firstDifference } from './same-content.js';

/** What is copied, and into which file. */
export interface CopyOptions {
  /** Where it is read. */
  readonly from: { readonly files: FileSystem; readonly path: string };
  /** Throws where what is there may not be copied. */
  readonly demand: (source: VhdChain) => void;
  /** Where it is written: a name that nobody else ever uses. */
  readonly to: { readonly files: FileSystem; readonly path: string; readonly mode: number };
  readonly description: (virtualBytes: number) => VhdDescription;
}

/**
 * Copies a disk into a new file, durably, and compares the two; nothing is published. It goes on from call to call, and
 * only in calls: see {@link Gate}. It is lost with the process, and begins anew with the next one: a file that somebody
 * else may still write to is nobody's to go on with.
 */
export class CopyJob {
  /** The file that is written. */
  readonly temporary: string;
  /** Resolves when the file is whole, durable and the same; rejects as what failed did. */
  readonly done: Promise<void>;
  readonly #gate = new Gate();
  readonly #options: CopyOptions;
  #progress: Progress = { doneBytes: 0, totalBytes: 1 };
  #phase: 'copying' | 'comparing' = 'copying';
  #ended: 'yes' | 'no' = 'no';

  constructor(options: CopyOptions) {
    this.#options = options;
    this.temporary = options.to.path;
    this.done = this.#run().finally(() => {
      this.#ended = 'yes';
    });
    // Whoever asks for it hears of it; nobody may ask.
    this.done.catch(() => undefined);
  }

  /** Whether it has come to an end, whichever. */
  get ended(): 'yes' | 'no' {
    return this.#ended;
  }

  /** How far it is, in words. */
  get message(): string {
    return this.#phase === 'comparing'
      ? 'comparing the copy with what it was made of'
      : `copying, ${this.percent} % so far`;
  }

  /** 0–99. */
  get percent(): number {
    const { doneBytes, totalBytes } = this.#progress;
    return totalBytes === 0 ? 99 : Math.min(99, Math.floor((doneBytes / totalBytes) * 100));
  }

  /** Lets it work until it has ended, or `over` resolves. */
  async workUntil(over: Promise<void>): Promise<void> {
    this.#gate.open();
    try {
      await Promise.race([this.done.catch(() => undefined), over]);
    } finally {
      this.#gate.close();
    }
  }

  /** Ends it, and waits for that. Its file stays. */
  async drop(): Promise<void> {
    this.#gate.stop(new Error('the copy is not wanted any more'));
    await this.done.catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { from, to } = this.#options;
    await this.#gate.pass();
    const source = await readingSource(from.path, () => from.files.open(from.path));
    try {
      await this.#copy(await this.#sourceOn(source));
    } catch (thrown) {
      // Best effort: the failure to tell is the first one, and a leftover goes with the next try.
      await unlinkIfThere(to.files, to.path).catch(() => undefined);
      throw thrown;
    } finally {
      await source.close();
    }
  }

  async #copy(source: VhdChain): Promise<void> {
    const { to, description, demand } = this.#options;
    demand(source);
    const target = await to.files.make(to.path, to.mode);
    try {
      const onProgress = (progress: Progress): void => {
        this.#progress = progress;
      };
      const described = description(source.virtualBytes);
      await writeVhd(source, await this.#gated(target), described, { onProgress });
    } finally {
      await target.close();
    }
    this.#phase = 'comparing';
    await this.#gate.pass();
    const written = await to.files.open(to.path);
    try {
      const copy = await openChain(await this.#gated(written));
      const difference = await firstDifference(source, copy);
      if (difference !== undefined) throw copyDiffers(this.#options.from.path, difference);
    } finally {
      await written.close();
    }
  }

  async #gated(file: OpenFile): Promise<Writable> {
    const gate = this.#gate;
    const plain = await vhdOnFile(file);
    return {
      get sizeBytes() {
        return plain.sizeBytes;
      },
      readAt: async (target, position) => {
        await gate.pass();
        return plain.readAt(target, position);
      },
      writeAt: async (bytes, position) => {
        await gate.pass();
        return plain.writeAt(bytes, position);
      },
      sync: async () => {
        await gate.pass();
        return plain.sync();
      },
    };
  }

  async #sourceOn(file: OpenFile): Promise<VhdChain> {
    const { path } = this.#options.from;
    return readingSource(path, async () => {
      const { readAt, sizeBytes } = await this.#gated(file);
      return openChain({
        sizeBytes,
        readAt: (target, position) => readingSource(path, () => readAt(target, position)),
      });
    });
  }
}

async function readingSource<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (thrown) {
    throw sourceAway(path, ensureError(thrown));
  }
}
