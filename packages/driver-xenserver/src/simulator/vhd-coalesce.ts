import { type FileHandle, open } from 'node:fs/promises';
import {
  blockEnd,
  blockTableBytes,
  encodeFooter,
  encodeHeader,
  FOOTER_BYTES,
  nextBitmapSector,
  type ParentReference,
  parentLocators,
  parseBlockTable,
  type Readable,
  readVhdHead,
  SECTOR_BYTES,
  UNUSED_BLOCK,
  type VhdHead,
} from '@gdcloud/driver-nfs-vhd/vhd';

interface OpenVhd extends VhdHead {
  readonly file: FileHandle;
  readonly table: Uint32Array;
}

const HEADER_AT = 512;

function readable(file: FileHandle, sizeBytes: number): Readable {
  return {
    sizeBytes,
    readAt: async (target, position) =>
      (await file.read(target, 0, target.byteLength, position)).bytesRead,
  };
}

async function withVhd<T>(path: string, work: (vhd: OpenVhd) => Promise<T>): Promise<T> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const head = await readVhdHead(readable(file, size));
    const { tableOffset, tableEntries } = head.header;
    const bytes = new Uint8Array(blockTableBytes(tableEntries));
    await file.read(bytes, 0, bytes.byteLength, tableOffset);
    return await work({ ...head, file, table: parseBlockTable(bytes, tableEntries) });
  } finally {
    await file.close();
  }
}

/** Writes into `parent` all that `child` holds. A kill on the way leaves what is read through the child as it was. */
export async function mergeInto(parent: string, child: string): Promise<void> {
  await withVhd(parent, async (into) =>
    withVhd(child, async (from) => {
      for (const [block, sector] of from.table.entries()) {
        if (sector !== UNUSED_BLOCK) await mergeBlock(into, from, block);
      }
    }),
  );
}

async function mergeBlock(into: OpenVhd, from: OpenVhd, block: number): Promise<void> {
  const { blockBytes } = from.header;
  const source = (from.table[block] ?? 0) * SECTOR_BYTES;
  const bitmap = new Uint8Array(SECTOR_BYTES);
  const data = new Uint8Array(blockBytes);
  await from.file.read(bitmap, 0, SECTOR_BYTES, source);
  await from.file.read(data, 0, blockBytes, source + SECTOR_BYTES);
  const known = into.table[block] ?? UNUSED_BLOCK;
  if (known === UNUSED_BLOCK) return addBlock(into, block, bitmap, data);
  const target = known * SECTOR_BYTES;
  const present = new Uint8Array(SECTOR_BYTES);
  await into.file.read(present, 0, SECTOR_BYTES, target);
  for (let sector = 0; sector < blockBytes / SECTOR_BYTES; sector += 1) {
    const [byte, bit] = [sector >> 3, 0x80 >> (sector & 7)];
    if (((bitmap[byte] ?? 0) & bit) === 0) continue;
    const at = sector * SECTOR_BYTES;
    await into.file.write(data, at, SECTOR_BYTES, target + SECTOR_BYTES + at);
    present[byte] = (present[byte] ?? 0) | bit;
  }
  await into.file.write(present, 0, SECTOR_BYTES, target);
}

/** Appends a block: data first, then the table that makes it count, the footer back at the end. */
async function addBlock(
  { file, footer, header, table }: OpenVhd,
  block: number,
  bitmap: Uint8Array,
  data: Uint8Array,
): Promise<void> {
  const { size } = await file.stat();
  const sector = nextBitmapSector(size - FOOTER_BYTES);
  await file.write(bitmap, 0, SECTOR_BYTES, sector * SECTOR_BYTES);
  await file.write(data, 0, data.byteLength, (sector + 1) * SECTOR_BYTES);
  await file.write(encodeFooter(footer), 0, FOOTER_BYTES, blockEnd(sector));
  table[block] = sector;
  const entry = Buffer.alloc(4);
  entry.writeUInt32BE(sector);
  await file.write(entry, 0, 4, header.tableOffset + block * 4);
}

/** Lets a thin disk read from another parent with the same contents. Its name is as long as that of the one before. */
export async function reparent(path: string, parent: ParentReference): Promise<void> {
  await withVhd(path, async ({ file, header }) => {
    const texts = new Map(parentLocators(parent.fileName).map(({ code, text }) => [code, text]));
    const locators = [];
    for (const locator of header.locators) {
      const text = [...texts].find(([code]) => code === locator.code)?.[1];
      if (text !== undefined) await file.write(text, 0, text.byteLength, locator.position);
      locators.push({ ...locator, lengthBytes: text?.byteLength ?? locator.lengthBytes });
    }
    const bytes = encodeHeader({ ...header, parent, locators });
    await file.write(bytes, 0, bytes.byteLength, HEADER_AT);
  });
}
