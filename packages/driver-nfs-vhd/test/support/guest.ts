import { createHash } from 'node:crypto';
import type { FileSystem, OpenFile } from '@gdcloud/driver-nfs-vhd';
import { vhdOnFile } from '@gdcloud/driver-nfs-vhd/testing';
import {
  changeFooters,
  checkVhd,
  newDifferencingVhd,
  openChain,
  openVhd,
  openVhdForWriting,
  readVhdHead,
  SECTOR_BYTES as SECTOR,
  type VhdChain,
  type Writable,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { uuid } from './fixtures.js';

const ZEROS = Buffer.alloc(256 * 1024);

/** A share as a server sees it: it opens disks by their names and writes them, and knows nothing of any record. */
export class Guest {
  readonly #files: FileSystem;
  readonly #folder: string;

  constructor(files: FileSystem, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Attaches a disk, writes into it and detaches it. */
  async write(n: number, bytes: Uint8Array, position: number): Promise<void> {
    const file = await this.#files.openForWriting(this.#pathOf(n));
    try {
      const writer = await openVhdForWriting(await vhdOnFile(file));
      await writer.write(bytes, position);
      await writer.flush();
    } finally {
      await file.close();
    }
  }

  /**
   * The hypervisor copies a disk while a server has it, as its storage manager does: what the disk held becomes the hidden
   * file `base`, and the disk and `disk` are thin files that read from it, each with a uuid by chance inside.
   */
  async copy(
    n: number,
    { base, disk }: { readonly base: string; readonly disk: string },
  ): Promise<void> {
    const files = this.#files;
    const source = this.#pathOf(n);
    const [basePath, copyPath] = [base, disk].map((name) => `${this.#folder}/${name}.vhd`);
    if (basePath === undefined || copyPath === undefined) return;
    const file = await files.open(source);
    const { footer } = await readVhdHead(await vhdOnFile(file));
    await file.close();
    const { uuid: inside, virtualBytes } = footer;
    await files.link(source, basePath);
    for (const [path, own] of [
      [source, base.replace(/^./, 'a')],
      [copyPath, base.replace(/^./, 'b')],
    ] as const) {
      const thin = { uuid: own, virtualBytes, createdMs: 0, visibility: 'visible' } as const;
      const parent = { uuid: inside, fileName: `${base}.vhd`, modifiedMs: 0 };
      const made = await files.make(`${path}.new`, 0o644);
      for (const piece of newDifferencingVhd(thin, parent).pieces)
        await made.writeAt(piece.bytes, piece.position);
      await made.sync();
      await made.close();
      await files.rename(`${path}.new`, path);
    }
    const hidden = await files.openForWriting(basePath);
    await changeFooters(await vhdOnFile(hidden), { visibility: 'hidden' });
    await hidden.close();
    await files.syncFolder(this.#folder);
  }

  /** All that a disk holds, its structure and those of its ancestors checked. */
  async read(n: number, position = 0, length?: number): Promise<Buffer> {
    return this.#withChain(n, async (chain) => {
      const bytes = Buffer.alloc(length ?? chain.virtualBytes - position);
      await chain.read(bytes, position);
      return bytes;
    });
  }

  /** Reads all of a disk, or what fits of it; how many bytes it has. */
  async readInto(n: number, target: Uint8Array, position = 0): Promise<number> {
    return this.#withChain(n, async (chain) => {
      await chain.read(target.subarray(0, chain.virtualBytes - position), position);
      return chain.virtualBytes;
    });
  }

  /** A hash of all that a disk holds. */
  async hash(n: number): Promise<string> {
    return this.#withChain(n, async (chain) => {
      const hash = createHash('sha256');
      const bytes = Buffer.alloc(2 ** 20);
      for (let at = 0; at < chain.virtualBytes; at += bytes.length) {
        const part = bytes.subarray(0, Math.min(bytes.length, chain.virtualBytes - at));
        if (chain.mayHold(at, at + part.length)) await chain.read(part, at);
        else part.fill(0);
        hash.update(part);
      }
      return hash.digest('hex');
    });
  }

  /** All sectors of a disk that are not zeros, by their positions. */
  async sectors(n: number): Promise<ReadonlyMap<number, Buffer>> {
    return this.#withChain(n, async (chain) => {
      const found = new Map<number, Buffer>();
      const scratch = Buffer.allocUnsafe(ZEROS.length);
      for await (const { start, end, depth } of chain.extents()) {
        if (depth === undefined) continue;
        for (let part = start; part < end; part += ZEROS.length) {
          const bytes = scratch.subarray(0, Math.min(ZEROS.length, end - part));
          await chain.read(bytes, part);
          if (isZero(bytes)) continue;
          for (let at = 0; at < bytes.length; at += SECTOR) {
            const sector = bytes.subarray(at, at + SECTOR);
            if (!isZero(sector)) found.set(part + at, Buffer.from(sector));
          }
        }
      }
      return found;
    });
  }

  /** How many files a disk reads through. */
  async depth(n: number): Promise<number> {
    return this.#withChain(n, async ({ files }) => files.length);
  }

  /** Throws unless a file is sound in all that our checker knows. */
  async check(n: number): Promise<void> {
    const file = await this.#files.open(this.#pathOf(n));
    try {
      const report = await checkVhd(await vhdOnFile(file), { nowMs: Date.now() });
      if (report.verdict !== 'sound') {
        throw new Error(`${uuid(n)}: ${report.findings.map(({ code }) => code).join(', ')}`);
      }
    } finally {
      await file.close();
    }
  }

  #pathOf(n: number): string {
    return `${this.#folder}/${uuid(n)}.vhd`;
  }

  async #withChain<Result>(n: number, use: (chain: VhdChain) => Promise<Result>): Promise<Result> {
    const opened: OpenFile[] = [];
    const open = async (path: string): Promise<Writable> => {
      const file = await this.#files.open(path);
      opened.push(file);
      return vhdOnFile(file);
    };
    try {
      const leaf = await open(this.#pathOf(n));
      const resolve = async ({ fileName }: { readonly fileName: string }) => ({
        file: await open(`${this.#folder}/${fileName}`),
      });
      const chain = await openChain(leaf, { resolve });
      await openVhd(leaf);
      return await use(chain);
    } finally {
      for (const file of opened) await file.close();
    }
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes.equals(ZEROS.subarray(0, bytes.length));
}
