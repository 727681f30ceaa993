import { createHash } from 'node:crypto';
import { link, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import {
  encodeFooter,
  FOOTER_BYTES,
  type NewVhd,
  newDifferencingVhd,
  newDynamicVhd,
  openVhd,
  type ParentReference,
  type SparseVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { type Link, nextCollectionStep } from './collection-plan.js';
import type { DiskChanges } from './disk-files.js';
import { mergeInto, reparent } from './vhd-coalesce.js';

const SUFFIX = '.vhd';
/** Names that do not end like a disk's are not looked at by scans. */
const UNFINISHED = '.new';

/** Makes and changes VHD files in a folder, in the order in which a storage manager does: a kill leaves no torn disk. */
export class VhdChanges implements DiskChanges {
  readonly #folder: string;
  readonly #now: () => number;
  #made = 0;
  #last: Promise<void> = Promise.resolve();

  /** `now` is the time in milliseconds since 1970. */
  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  create(uuid: string, virtualBytes: number): Promise<void> {
    return this.#alone(() => this.#publish(uuid, newDynamicVhd(this.#visible(uuid, virtualBytes))));
  }

  branch(source: string, base: string, branch: string): Promise<'shared' | 'split'> {
    return this.#alone(() => this.#branch(source, base, branch));
  }

  resize(uuid: string, base: string, virtualBytes: number): Promise<'shared' | 'split'> {
    return this.#alone(() => this.#resize(uuid, base, virtualBytes));
  }

  collect(bases: 'keep' | 'merge'): Promise<void> {
    return this.#alone(() => this.#collect(bases));
  }

  /** One change at a time: chains are looked at and then rewritten. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #branch(source: string, base: string, branch: string): Promise<'shared' | 'split'> {
    const { footer, header, allocatedBlocks } = await this.#look(source);
    const { virtualBytes } = footer;
    const { parent } = header;
    if (allocatedBlocks === 0 && parent !== undefined) {
      // It holds nothing of its own: a base of it would be empty.
      await this.#publish(branch, newDifferencingVhd(this.#visible(branch, virtualBytes), parent));
      return 'shared';
    }
    const shared = await this.#split(source, base, virtualBytes);
    await this.#publish(branch, newDifferencingVhd(this.#visible(branch, virtualBytes), shared));
    return 'split';
  }

  async #resize(uuid: string, base: string, virtualBytes: number): Promise<'shared' | 'split'> {
    const { header, allocatedBlocks } = await this.#look(uuid);
    if (allocatedBlocks > 0) {
      await this.#split(uuid, base, virtualBytes);
      return 'split';
    }
    const { parent } = header;
    const description = this.#visible(uuid, virtualBytes);
    const grown =
      parent === undefined ? newDynamicVhd(description) : newDifferencingVhd(description, parent);
    await this.#publish(uuid, grown);
    return 'shared';
  }

  /** What `source` holds becomes the hidden file of `base`, and `source` a thin disk that reads from it. */
  async #split(source: string, base: string, virtualBytes: number): Promise<ParentReference> {
    const path = this.#path(source);
    const { footer } = await this.#look(source);
    const { mtimeMs } = await stat(path);
    const parent = { uuid: footer.uuid, fileName: `${base}${SUFFIX}`, modifiedMs: mtimeMs };
    await link(path, this.#path(base));
    await this.#publish(source, newDifferencingVhd(this.#visible(source, virtualBytes), parent));
    await this.#hide(base, mtimeMs);
    return parent;
  }

  async #collect(bases: 'keep' | 'merge'): Promise<void> {
    for (;;) {
      const step = nextCollectionStep(await this.#links(), bases);
      if (step.kind === 'done') return;
      if (step.kind === 'remove') await rm(this.#path(step.uuid), { force: true });
      else await this.#merge(step.base, step.parent, step.children);
    }
  }

  async #links(): Promise<readonly Link[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(SUFFIX)).sort();
    const links: Link[] = [];
    for (const name of names) {
      const uuid = name.slice(0, -SUFFIX.length);
      const { footer, header } = await this.#look(uuid);
      links.push({
        uuid,
        hidden: footer.visibility === 'hidden',
        blocks: header.tableEntries,
        parent: header.parent?.fileName.replace(/\.vhd$/, ''),
      });
    }
    return links;
  }

  /** The parent gets what the base holds, those that read from the base read from it, and the base goes. */
  async #merge(base: string, parent: string, children: readonly string[]): Promise<void> {
    const path = this.#path(parent);
    await mergeInto(path, this.#path(base));
    const { footer } = await this.#look(parent);
    const { mtimeMs } = await stat(path);
    const reference = { uuid: footer.uuid, fileName: `${parent}${SUFFIX}`, modifiedMs: mtimeMs };
    for (const child of children) await reparent(this.#path(child), reference);
    await rm(this.#path(base), { force: true });
  }

  async #hide(uuid: string, modifiedMs: number): Promise<void> {
    const path = this.#path(uuid);
    const { footer } = await this.#look(uuid);
    const bytes = encodeFooter({ ...footer, visibility: 'hidden' });
    const file = await open(path, 'r+');
    try {
      const { size } = await file.stat();
      await file.write(bytes, 0, FOOTER_BYTES, size - FOOTER_BYTES);
      await file.write(bytes, 0, FOOTER_BYTES, 0);
    } finally {
      await file.close();
    }
    await utimes(path, modifiedMs / 1000, modifiedMs / 1000);
  }

  async #look(uuid: string): Promise<SparseVhd> {
    const path = this.#path(uuid);
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const vhd = await openVhd({
        sizeBytes: size,
        readAt: async (target, position) =>
          (await file.read(target, 0, target.byteLength, position)).bytesRead,
      });
      if (vhd.kind === 'fixed') throw new Error(`${path} is a fixed disk`);
      return vhd;
    } finally {
      await file.close();
    }
  }

  /** Writes a whole file under a name that scans pass over, then gives it its own. */
  async #publish(uuid: string, disk: NewVhd): Promise<void> {
    const path = this.#path(uuid);
    const unfinished = `${path}${UNFINISHED}`;
    const file = await open(unfinished, 'w');
    try {
      await file.truncate(disk.fileBytes);
      for (const { position, bytes } of disk.pieces) {
        await file.write(bytes, 0, bytes.byteLength, position);
      }
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  }

  /** Each file that a storage manager makes has a uuid of its own inside, whatever its name is. */
  #visible(
    uuid: string,
    virtualBytes: number,
  ): {
    readonly uuid: string;
    readonly virtualBytes: number;
    readonly createdMs: number;
    readonly visibility: 'visible';
  } {
    const createdMs = this.#now();
    this.#made += 1;
    const inside = uuidOf(`${uuid} ${createdMs} ${this.#made}`);
    return { uuid: inside, virtualBytes, createdMs, visibility: 'visible' };
  }

  #path(uuid: string): string {
    return join(this.#folder, `${uuid}${SUFFIX}`);
  }
}

// Of version 4, as those made by chance are.
function uuidOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`];
  return [...parts, `8${digits.slice(17, 20)}`, digits.slice(20, 32)].join('-');
}
