import { demandRange, FlatLayer, type Layer, layerOf } from './layer.js';
import { openVhd, type SparseVhd, type Vhd } from './open-vhd.js';
import { type OpenedParent, type ParentResolver, parentWanted } from './parent-wanted.js';
import { LayerReader } from './read-layers.js';
import { type Readable, readExactly } from './reader.js';
import { SECTOR_BYTES } from './sizes.js';
import { VhdError } from './vhd-error.js';

/** Files a chain may have unless said otherwise; XenServer stops at 30. */
const MOST_FILES = 64;
const RAW_PARENT = '00000000-0000-0000-0000-000000000000';

/** A range of a chain's disk, in bytes, `end` excluded, and which of its files holds it. */
export interface ChainExtent {
  readonly start: number;
  readonly end: number;
  /** 0 is the leaf; absent where no file holds anything and zeros are read. */
  readonly depth?: number | undefined;
  /** Where the range begins in that file. */
  readonly filePosition?: number | undefined;
}

/** How to open a chain. */
export interface ChainOptions {
  /** Finds parents; without it a differencing file alone is `ParentMissing`. */
  readonly resolve?: ParentResolver | undefined;
  /** Default 64. */
  readonly mostFiles?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A disk as its guest sees it: a leaf and all its ancestors, read through their bitmaps. Sectors nobody holds, and those
 * behind the end of a smaller parent, are zeros. Reads may overlap. It sees the files as they were when it was opened.
 */
export class VhdChain {
  /** The leaf first. A raw parent is not among them. */
  readonly files: readonly Vhd[];
  /** The leaf's layer first, the raw parent's last where there is one. */
  readonly layers: readonly Layer[];
  readonly virtualBytes: number;
  readonly #reader: LayerReader;
  readonly #parents: readonly OpenedParent[];

  constructor(
    files: readonly Vhd[],
    layers: readonly Layer[],
    parents: readonly OpenedParent[] = [],
  ) {
    this.files = files;
    this.layers = layers;
    this.virtualBytes = layers[0]?.virtualBytes ?? 0;
    this.#reader = new LayerReader(layers);
    this.#parents = parents;
  }

  /** The leaf. */
  get leaf(): Vhd {
    const [leaf] = this.files;
    if (leaf === undefined) throw new VhdError('NotAVhd', 'a chain without files');
    return leaf;
  }

  /** Fills `target` with the disk's bytes from `position`; both in whole sectors. Throws {@link VhdError} `InvalidRange`. */
  async read(target: Uint8Array, position: number): Promise<void> {
    demandRange(position, target.byteLength, this.virtualBytes);
    await this.#reader.read(target, position);
  }

  /** Who holds which part of a range, in order, without reading data. Memory: the runs of one block. */
  async *extents(
    range: { readonly start?: number; readonly end?: number } = {},
  ): AsyncGenerator<ChainExtent> {
    const { start = 0, end = this.virtualBytes } = range;
    demandRange(start, end - start, this.virtualBytes);
    let pending: ChainExtent | undefined;
    for await (const extent of this.#reader.extents(start, end)) {
      if (pending !== undefined && continues(pending, extent)) {
        pending = { ...pending, end: extent.end };
        continue;
      }
      if (pending !== undefined) yield pending;
      pending = extent;
    }
    if (pending !== undefined) yield pending;
  }

  /** Whether any file holds anything of a range; no I/O, so it may say yes where only zeros are. */
  mayHold(start: number, end: number): boolean {
    return this.layers.some((layer) => layer.mayHold(start, end));
  }

  /** Closes the parents that the resolver opened; the leaf is the caller's. */
  async close(): Promise<void> {
    for (const parent of this.#parents) await parent.close?.();
  }
}

/**
 * Opens a leaf and its ancestors. Each parent's footer has to have the uuid that its child's header names. Throws
 * {@link VhdError}: `ParentMissing`, `ParentMismatch`, `ParentLoop`, `ChainTooDeep`, and what {@link openVhd} throws; all
 * that was opened is closed by then.
 */
export async function openChain(file: Readable, options: ChainOptions = {}): Promise<VhdChain> {
  const { mostFiles = MOST_FILES, signal } = options;
  const parents: OpenedParent[] = [];
  try {
    let vhd = await openVhd(file, { signal });
    const files = [vhd];
    const layers = [layerOf(vhd)];
    const wanted = new Set<string>();
    while (vhd.kind === 'sparse' && vhd.footer.type === 'differencing') {
      const uuid = vhd.header.parent?.uuid ?? RAW_PARENT;
      // By name too: what a hypervisor has copied keeps the uuid of the disk that reads from it.
      const named = `${uuid} ${vhd.header.parent?.fileName ?? ''}`;
      if (wanted.has(named)) {
        throw new VhdError('ParentLoop', `the disk ${uuid} is its own ancestor`);
      }
      wanted.add(named);
      if (files.length >= mostFiles) {
        throw new VhdError('ChainTooDeep', `a chain of more than ${mostFiles} files`);
      }
      const parent = await resolveParent(vhd, options);
      parents.push(parent);
      if (uuid === RAW_PARENT) {
        const bytes = parent.file.sizeBytes - (parent.file.sizeBytes % SECTOR_BYTES);
        layers.push(new FlatLayer(parent.file, bytes));
        break;
      }
      vhd = await openVhd(parent.file, { signal });
      if (vhd.footer.uuid !== uuid) {
        throw new VhdError(
          'ParentMismatch',
          `the parent that was found is ${vhd.footer.uuid}, not ${uuid}`,
        );
      }
      files.push(vhd);
      layers.push(layerOf(vhd));
    }
    return new VhdChain(files, layers, parents);
  } catch (thrown) {
    for (const parent of parents) await parent.close?.();
    throw thrown;
  }
}

/** A raw file as a disk without parents. Throws {@link VhdError} `InvalidRange` unless it has whole sectors. */
export function rawDisk(file: Readable): VhdChain {
  demandRange(0, file.sizeBytes, file.sizeBytes);
  return new VhdChain([], [new FlatLayer(file, file.sizeBytes)]);
}

async function resolveParent(child: SparseVhd, options: ChainOptions): Promise<OpenedParent> {
  const wanted = await parentWanted(child, async (position, length) =>
    readExactly(child.file, position, length),
  );
  options.signal?.throwIfAborted();
  const parent = await options.resolve?.(wanted);
  if (parent === undefined) {
    throw new VhdError(
      'ParentMissing',
      `the parent ${JSON.stringify(wanted.fileName)} (${wanted.uuid}) is not there`,
    );
  }
  return parent;
}

function continues(before: ChainExtent, after: ChainExtent): boolean {
  if (before.depth !== after.depth) return false;
  if (before.filePosition === undefined || after.filePosition === undefined)
    return before.filePosition === after.filePosition;
  return before.filePosition + (before.end - before.start) === after.filePosition;
}
