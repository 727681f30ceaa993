import { encodeFooter, encodeHeader, type Piece, vhdChecksum } from '@gdcloud/driver-nfs-vhd/vhd';
import { GIB, uuid } from './fixtures.js';
import { SparseFile } from './sparse-file.js';

const FOOTER_BYTES = 512;
const TABLE = 1536;
const LARGEST = 2040 * GIB;

/** A hostile change of one structure; its checksum is made right afterwards. */
export type Change = (bytes: Buffer) => unknown;

/** What a huge file is to be like: a sound one of 2040 GiB without blocks, but for this. */
export interface HugeVhd {
  /** Both copies. */
  readonly footer?: Change;
  readonly header?: Change;
  /** Every entry of the block table; default: unused. `hole` leaves all of it out, so that it is zeros and takes no room. */
  readonly entry?: ((block: number) => number) | 'hole';
  readonly blockBytes?: number;
  readonly fileBytes?: number;
  /** Where the first copy of the footer is zeros. */
  readonly firstFooter?: 'sound' | 'missing';
}

/** A file of up to 2 TiB of which no more is in memory than its structures. */
export function hugeVhd(huge: HugeVhd = {}): SparseFile {
  const { fileBytes = 2 ** 41 } = huge;
  return new SparseFile(fileBytes, hugePieces(huge));
}

/** Where its structures lie, and their bytes. */
export function hugePieces(huge: HugeVhd): readonly Piece[] {
  const { entry, blockBytes = 2 ** 21, fileBytes = 2 ** 41, firstFooter = 'sound' } = huge;
  const tableEntries = LARGEST / blockBytes;
  const common = { createdMs: 0, visibility: 'visible' } as const;
  const footer = Buffer.from(
    encodeFooter({ type: 'dynamic', uuid: uuid(1), virtualBytes: LARGEST, ...common }),
  );
  const header = Buffer.from(
    encodeHeader({ tableOffset: TABLE, tableEntries, blockBytes, locators: [] }),
  );
  huge.footer?.(footer);
  footer.writeUInt32BE(vhdChecksum(footer, 64), 64);
  huge.header?.(header);
  header.writeUInt32BE(vhdChecksum(header, 36), 36);
  const pieces: Piece[] = [
    { position: FOOTER_BYTES, bytes: header },
    { position: fileBytes - FOOTER_BYTES, bytes: footer },
  ];
  if (firstFooter === 'sound') pieces.push({ position: 0, bytes: footer });
  if (entry === 'hole') return pieces;
  const table = Buffer.alloc(tableEntries * 4, 0xff);
  for (let block = 0; entry !== undefined && block < tableEntries; block += 1)
    table.writeUInt32BE(entry(block), block * 4);
  return [...pieces, { position: TABLE, bytes: table }];
}
