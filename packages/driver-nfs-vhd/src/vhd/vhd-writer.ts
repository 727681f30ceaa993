import { UNUSED_BLOCK } from './block-table.js';
import { FOOTER_BYTES } from './footer.js';
import { demandRange, FlatLayer, type Layer } from './layer.js';
import { openVhd, type SparseVhd, type Vhd } from './open-vhd.js';
import { SECTOR_BYTES, wholeSectors } from './sizes.js';
import { SparseBody, type WriteOrder, type WritePlace } from './sparse-body.js';
import { structureRegions } from './structure-regions.js';
import { VhdError } from './vhd-error.js';
import type { Writable } from './writable.js';

export type { WriteOrder, WritePlace };

/**
 * Writes into a VHD. Like a disk with a write cache: what was written is read back at once through {@link layer}, and is
 * durable, and visible to others who open the file, after {@link flush}. Stopped at any call, also by a loss of power, the
 * file is sound and every sector of it is one that was flushed or one that was written since:
 *
 * 1. a new last footer is written before a block takes the place of the old one;
 * 2. data, and bitmaps of new blocks, are synced before the block table or an older bitmap says that they are there;
 * 3. the batmap is left alone: no bit of it ever becomes wrong by more data.
 *
 * Writes of different sectors may overlap each other and a flush. After a failure nothing more is written: open it anew.
 */
export class VhdWriter {
  readonly file: Writable;
  /** As it was when it was opened. */
  readonly vhd: Vhd;
  /** What the file holds, unflushed writes included: for a {@link VhdChain} above it. */
  readonly layer: Layer;
  readonly #sparse: SparseBody | undefined;

  constructor(file: Writable, vhd: Vhd, place: WritePlace) {
    this.file = file;
    this.vhd = vhd;
    if (vhd.kind === 'fixed') {
      this.layer = new FlatLayer(file, vhd.virtualBytes);
    } else {
      this.#sparse = new SparseBody(file, vhd, place);
      this.layer = this.#sparse.layer;
    }
  }

  /** What the guest sees, in bytes. */
  get virtualBytes(): number {
    return this.layer.virtualBytes;
  }

  /** Blocks that have a place in the file, published or not. */
  get allocatedBlocks(): number {
    return this.#sparse?.allocatedBlocks ?? 0;
  }

  /** Writes whole sectors at a position of the virtual disk. Throws {@link VhdError} `InvalidRange` or `NoRoom`. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    demandRange(position, bytes.byteLength, this.virtualBytes);
    if (this.#sparse === undefined) await this.file.writeAt(bytes, position);
    else await this.#sparse.write(bytes, position);
  }

  /** Makes all that was written before the call durable and visible. Two syncs at most. */
  async flush(): Promise<void> {
    if (this.#sparse === undefined) await this.file.sync();
    else await this.#sparse.flush();
  }
}

/**
 * Opens a VHD to write into it. Its first footer has to be sound, and the last one too, or missing where a writer has
 * died. Throws {@link VhdError}: `InUse` where XenServer has it open, `FootersDiffer` or the footer's damage where it wants
 * repair, and what {@link openVhd} throws.
 */
export async function openVhdForWriting(
  file: Writable,
  options: {
    readonly order?: WriteOrder | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<VhdWriter> {
  const { order = 'crashSafe', signal } = options;
  const vhd = await openVhd(file, { signal });
  if (vhd.kind === 'fixed') return new VhdWriter(file, vhd, { freeFrom: 0, zerosFrom: 0, order });
  demandWritable(vhd);
  return new VhdWriter(file, vhd, {
    freeFrom: await endOfUse(vhd),
    zerosFrom: wholeSectors(file.sizeBytes) + FOOTER_BYTES,
    order,
  });
}

function demandWritable({ firstFooter, lastFooter }: SparseVhd): void {
  if (lastFooter === 'killed') {
    throw new VhdError('InUse', 'a server has the disk open for writing');
  }
  if (firstFooter !== 'sound' && firstFooter !== 'short') {
    throw new VhdError(
      'FooterChecksum',
      'the first footer wants repair before anything is written',
    );
  }
  if (lastFooter === 'differs')
    throw new VhdError('FootersDiffer', 'the two footers want repair before anything is written');
  if (lastFooter === 'damaged')
    throw new VhdError(
      'TailFooterChecksum',
      'the last footer wants repair before anything is written',
    );
}

async function endOfUse(vhd: SparseVhd): Promise<number> {
  const regions = await structureRegions(vhd);
  let end = Math.max(...regions.map((region) => region.end));
  const blockBytes = SECTOR_BYTES + vhd.header.blockBytes;
  for (const sector of vhd.table) {
    if (sector !== UNUSED_BLOCK) end = Math.max(end, sector * SECTOR_BYTES + blockBytes);
  }
  return end;
}
