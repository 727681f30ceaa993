import { type FindingCode, vhdChecksum } from '@gdcloud/driver-nfs-vhd/vhd';

/** A damage made on purpose, and the verdicts that have to come of it. */
export interface Damage {
  readonly name: string;
  /** On which samples it can be made. */
  readonly of: 'sparse' | 'child' | 'tap' | 'fixed';
  /** Every kind that has to be found; nothing else may be. */
  readonly finds: readonly FindingCode[];
  /** Whether a repair makes the file whole. */
  readonly repaired: 'whole' | 'left';
  /** Changes the bytes, or returns others. */
  readonly make: (bytes: Buffer, at: Places) => Buffer | undefined;
}

/** Where things lie in a sample. */
export interface Places {
  readonly table: number;
  readonly batmap: number;
  readonly last: number;
  /** Allocated blocks, and where their bitmaps are. */
  readonly blocks: readonly (readonly [number, number])[];
}

const FIELD = { cookie: 0, features: 8, version: 12, offset: 16, time: 24, size: 48, geometry: 56 };
const TYPE = 60;
const HIDDEN = 85;
const HEADER = 512;

function sum(bytes: Buffer, at: number, length: number, field: number): void {
  bytes.writeUInt32BE(vhdChecksum(bytes.subarray(at, at + length), field), at + field);
}

/** Changes both footers alike, with a right checksum. */
function both(change: (footer: Buffer) => void): Damage['make'] {
  return (bytes, { last }) => {
    for (const at of [0, last]) {
      change(bytes.subarray(at, at + 512));
      sum(bytes, at, 512, 64);
    }
    return undefined;
  };
}

function only(which: 'first' | 'last', change: (footer: Buffer) => void): Damage['make'] {
  return (bytes, { last }) => {
    const at = which === 'first' ? 0 : last;
    change(bytes.subarray(at, at + 512));
    sum(bytes, at, 512, 64);
    return undefined;
  };
}

function header(change: (fields: Buffer) => void): Damage['make'] {
  return (bytes) => {
    change(bytes.subarray(HEADER, HEADER + 1024));
    sum(bytes, HEADER, 1024, 36);
    return undefined;
  };
}

function entry(bytes: Buffer, table: number, block: number): number {
  return bytes.readUInt32BE(table + block * 4);
}

/** Every kind of damage that is made. */
export const DAMAGES: readonly Damage[] = [
  {
    name: 'first footer zeroed',
    of: 'sparse',
    finds: ['FirstFooterMissing'],
    repaired: 'whole',
    make: (b) => b.fill(0, 0, 512),
  },
  {
    name: 'first footer overwritten by noise',
    of: 'sparse',
    finds: ['FirstFooterMissing'],
    repaired: 'whole',
    make: (b) => b.fill('noise', 0, 512),
  },
  {
    name: 'a bit of the first footer flipped',
    of: 'sparse',
    finds: ['FirstFooterDamaged'],
    repaired: 'whole',
    make: (b) => void b.writeUInt8(b.readUInt8(300) ^ 4, 300),
  },
  {
    name: 'checksum of the first footer wrong',
    of: 'sparse',
    finds: ['FirstFooterDamaged'],
    repaired: 'whole',
    make: (b) => void b.writeUInt32BE(7, 64),
  },
  {
    name: 'last footer zeroed',
    of: 'sparse',
    finds: ['LastFooterMissing'],
    repaired: 'whole',
    make: (b, { last }) => b.fill(0, last),
  },
  {
    name: 'last footer cut off',
    of: 'sparse',
    finds: ['LastFooterMissing'],
    repaired: 'whole',
    make: (b, { last }) => b.subarray(0, last),
  },
  {
    name: 'a bit of the last footer flipped',
    of: 'sparse',
    finds: ['LastFooterDamaged'],
    repaired: 'whole',
    make: (b, { last }) => void b.writeUInt8(9, last + 90),
  },
  {
    name: 'uuid of the last footer changed without a checksum',
    of: 'sparse',
    finds: ['LastFooterDamaged'],
    repaired: 'whole',
    make: (b, { last }) => void b.writeUInt8(b.readUInt8(last + 70) ^ 1, last + 70),
  },
  {
    name: 'last footer killed by XenServer',
    of: 'sparse',
    finds: ['LastFooterKilled'],
    repaired: 'left',
    make: (b, { last }) => b.fill(0xc7, last),
  },
  {
    name: 'last footer one byte short',
    of: 'sparse',
    finds: ['LastFooterShort'],
    repaired: 'whole',
    make: (b) => b.subarray(0, b.length - 1),
  },
  {
    name: '1000 bytes of noise appended',
    of: 'sparse',
    finds: ['LastFooterMissing', 'LastFooterMisplaced'],
    repaired: 'whole',
    make: (b) => Buffer.concat([b, Buffer.alloc(1000, 'noise')]),
  },
  {
    name: 'a page of zeros appended',
    of: 'sparse',
    finds: ['LastFooterMissing', 'LastFooterMisplaced'],
    repaired: 'whole',
    make: (b) => Buffer.concat([b, Buffer.alloc(4096)]),
  },
  {
    name: 'both footers zeroed',
    of: 'sparse',
    finds: ['NoFooter'],
    repaired: 'left',
    make: (b, { last }) => b.fill(0, 0, 512).fill(0, last),
  },
  {
    name: 'both footers damaged',
    of: 'sparse',
    finds: ['NoFooter'],
    repaired: 'left',
    make: (b, { last }) => {
      b.writeUInt8(1, 100);
      b.writeUInt8(1, last + 100);
      return undefined;
    },
  },
  {
    name: 'cut to nothing',
    of: 'sparse',
    finds: ['FileTooShort'],
    repaired: 'left',
    make: (b) => b.subarray(0, 0),
  },
  {
    name: 'cut to 100 bytes',
    of: 'sparse',
    finds: ['FileTooShort'],
    repaired: 'left',
    make: (b) => b.subarray(0, 100),
  },
  {
    name: 'cut inside the header',
    of: 'sparse',
    finds: ['LastFooterMissing', 'HeaderMissing'],
    repaired: 'left',
    make: (b) => b.subarray(0, 1024),
  },
  {
    name: 'cut inside the block table',
    of: 'sparse',
    finds: ['LastFooterMissing', 'TableOutside'],
    repaired: 'left',
    make: (b) => b.subarray(0, 1540),
  },
  {
    name: 'cut inside the last block',
    of: 'sparse',
    finds: ['LastFooterMissing', 'BlockOutside'],
    repaired: 'left',
    make: (b, { last }) => b.subarray(0, last - 70_000),
  },
  {
    name: 'identity of the last footer another',
    of: 'sparse',
    finds: ['FooterIdentitiesDiffer'],
    repaired: 'left',
    make: only('last', (f) => f.fill(0xab, 68, 84)),
  },
  {
    name: 'growth interrupted',
    of: 'sparse',
    finds: ['FooterSizesDiffer'],
    repaired: 'whole',
    make: only('first', (f) =>
      f.writeBigUInt64BE(f.readBigUInt64BE(FIELD.size) - 512n, FIELD.size),
    ),
  },
  {
    name: 'hiding interrupted',
    of: 'sparse',
    finds: ['FooterVisibilitiesDiffer'],
    repaired: 'left',
    make: only('last', (f) => f.writeUInt8(f.readUInt8(HIDDEN) ^ 1, HIDDEN)),
  },
  {
    name: 'last footer of another type',
    of: 'sparse',
    finds: ['FooterTypesDiffer'],
    repaired: 'left',
    make: only('last', (f) => f.writeUInt32BE(f.readUInt32BE(TYPE) === 3 ? 4 : 3, TYPE)),
  },
  {
    name: 'footers with different times',
    of: 'sparse',
    finds: ['FooterDetailsDiffer'],
    repaired: 'whole',
    make: only('last', (f) => f.writeUInt32BE(1, FIELD.time)),
  },
  {
    name: 'saved state in one footer',
    of: 'sparse',
    finds: ['FooterDetailsDiffer'],
    repaired: 'whole',
    make: only('last', (f) => f.writeUInt8(1, 84)),
  },
  {
    name: 'unknown footer version',
    of: 'sparse',
    finds: ['FooterVersion'],
    repaired: 'left',
    make: both((f) => f.writeUInt32BE(0x20000, FIELD.version)),
  },
  {
    name: 'unknown type of disk',
    of: 'sparse',
    finds: ['FooterType', 'FooterDataOffset'],
    repaired: 'left',
    make: both((f) => {
      f.writeUInt32BE(6, TYPE);
      f.fill(0xff, 16, 24);
    }),
  },
  {
    name: 'hidden byte 7',
    of: 'sparse',
    finds: ['FooterHiddenByte'],
    repaired: 'left',
    make: both((f) => f.writeUInt8(7, HIDDEN)),
  },
  {
    name: 'no feature bits',
    of: 'sparse',
    finds: ['FooterFeatures'],
    repaired: 'whole',
    make: both((f) => f.writeUInt32BE(0, FIELD.features)),
  },
  {
    name: 'noise in reserved bytes',
    of: 'sparse',
    finds: ['FooterReservedBytes'],
    repaired: 'left',
    make: both((f) => f.writeUInt8(3, 200)),
  },
  {
    name: 'header elsewhere',
    of: 'sparse',
    finds: ['FooterDataOffset'],
    repaired: 'left',
    make: both((f) => f.writeBigUInt64BE(1n << 40n, FIELD.offset)),
  },
  {
    name: 'no size',
    of: 'sparse',
    finds: ['SizeInvalid'],
    repaired: 'left',
    make: both((f) => f.writeBigUInt64BE(0n, FIELD.size)),
  },
  {
    name: 'half a sector',
    of: 'sparse',
    finds: ['SizeInvalid'],
    repaired: 'left',
    make: both((f) => f.writeBigUInt64BE(f.readBigUInt64BE(FIELD.size) - 100n, FIELD.size)),
  },
  {
    name: 'size overflows',
    of: 'sparse',
    finds: ['SizeInvalid', 'TableTooShort'],
    repaired: 'left',
    make: both((f) => f.writeBigUInt64BE(0xffff_ffff_ffff_fe00n, FIELD.size)),
  },
  {
    name: 'geometry beyond the disk',
    of: 'tap',
    finds: ['GeometryTooBig'],
    repaired: 'whole',
    make: both((f) => f.writeUInt32BE(0xffff10ff, FIELD.geometry)),
  },
  {
    name: 'made tomorrow',
    of: 'sparse',
    finds: ['CreatedInFuture'],
    repaired: 'whole',
    make: both((f) => f.writeUInt32BE(0xf0000000, FIELD.time)),
  },
  {
    name: 'no header',
    of: 'sparse',
    finds: ['HeaderMissing'],
    repaired: 'left',
    make: (b) => b.fill(0, HEADER, HEADER + 1024),
  },
  {
    name: 'a bit of the header flipped',
    of: 'sparse',
    finds: ['HeaderDamaged'],
    repaired: 'left',
    make: (b) => void b.writeUInt8(9, HEADER + 900),
  },
  {
    name: 'unknown header version',
    of: 'sparse',
    finds: ['HeaderVersion'],
    repaired: 'left',
    make: header((h) => h.writeUInt32BE(0x20000, 24)),
  },
  {
    name: 'blocks of 3 MiB',
    of: 'sparse',
    finds: ['BlockSizeUnsupported'],
    repaired: 'left',
    make: header((h) => h.writeUInt32BE(3 << 20, 32)),
  },
  {
    name: 'blocks of nothing',
    of: 'sparse',
    finds: ['BlockSizeUnsupported'],
    repaired: 'left',
    make: header((h) => h.writeUInt32BE(0, 32)),
  },
  {
    name: 'table over the header',
    of: 'sparse',
    finds: ['TableOverHeader'],
    repaired: 'left',
    make: header((h) => h.writeBigUInt64BE(512n, 16)),
  },
  {
    name: 'table between sectors',
    of: 'sparse',
    finds: ['TableMisaligned'],
    repaired: 'left',
    make: header((h) => h.writeBigUInt64BE(1537n, 16)),
  },
  {
    name: 'table behind 2^63',
    of: 'sparse',
    finds: ['TableOutside'],
    repaired: 'left',
    make: header((h) => h.writeBigUInt64BE(0xffff_ffff_ffff_fe00n, 16)),
  },
  {
    name: 'table without entries',
    of: 'sparse',
    finds: ['TableSizeInvalid'],
    repaired: 'left',
    make: header((h) => h.writeUInt32BE(0, 28)),
  },
  {
    name: 'table of four billion entries',
    of: 'sparse',
    finds: ['TableSizeInvalid'],
    repaired: 'left',
    make: header((h) => h.writeUInt32BE(0xffff_ffff, 28)),
  },
  {
    name: 'table of a million entries',
    of: 'sparse',
    finds: [
      'BlockOverStructure',
      'BatmapMissing',
      'BlockOutside',
      'BlockBehindDisk',
      'BlocksOverlap',
      'BlockMisaligned',
    ],
    repaired: 'left',
    make: header((h) => h.writeUInt32BE(1 << 20, 28)),
  },
  {
    name: 'table too short',
    of: 'sparse',
    finds: ['TableTooShort'],
    repaired: 'left',
    make: header((h) => h.writeUInt32BE(2, 28)),
  },
  {
    name: 'block behind the end',
    of: 'sparse',
    finds: ['BlockOutside'],
    repaired: 'left',
    make: (b, { table }) => void b.writeUInt32BE(0xffff_fff0, table),
  },
  {
    name: 'block over the last footer',
    of: 'sparse',
    finds: ['BlockOutside'],
    repaired: 'left',
    make: (b, { table, last }) => void b.writeUInt32BE(last / 512 - 4000, table),
  },
  {
    name: 'two blocks at one place',
    of: 'sparse',
    finds: ['BlocksOverlap'],
    repaired: 'left',
    make: (b, { table, blocks: [[block] = [0]] }) =>
      void b.writeUInt32BE(entry(b, table, block), table),
  },
  {
    name: 'two blocks eight sectors apart',
    of: 'sparse',
    finds: ['BlocksOverlap'],
    repaired: 'left',
    make: (b, { table, blocks: [[block] = [0]] }) =>
      void b.writeUInt32BE(entry(b, table, block) + 8, table),
  },
  {
    name: 'block over the header',
    of: 'sparse',
    finds: ['BlockOverStructure', 'BlocksOverlap'],
    repaired: 'left',
    make: (b, { table }) => void b.writeUInt32BE(0, table),
  },
  {
    name: 'block over its table',
    of: 'sparse',
    finds: ['BlockOverStructure', 'BlocksOverlap'],
    repaired: 'left',
    make: (b, { table }) => void b.writeUInt32BE(table / 512, table),
  },
  {
    name: 'no batmap',
    of: 'tap',
    finds: ['BatmapMissing'],
    repaired: 'whole',
    make: (b, { batmap }) => b.fill(0, batmap, batmap + 512),
  },
  {
    name: 'batmap with a wrong checksum',
    of: 'tap',
    finds: ['BatmapDamaged'],
    repaired: 'whole',
    make: (b, { batmap }) => void b.writeUInt32BE(1, batmap + 24),
  },
  {
    name: 'batmap of nothing',
    of: 'tap',
    finds: ['BatmapSizeInvalid'],
    repaired: 'left',
    make: (b, { batmap }) => void b.writeUInt32BE(0, batmap + 16),
  },
  {
    name: 'batmap of 2 TB',
    of: 'tap',
    finds: ['BatmapSizeInvalid'],
    repaired: 'left',
    make: (b, { batmap }) => void b.writeUInt32BE(0xffff_ffff, batmap + 16),
  },
  {
    name: 'batmap elsewhere',
    of: 'tap',
    finds: ['BatmapOutside'],
    repaired: 'left',
    make: (b, { batmap }) => void b.writeBigUInt64BE(1n << 60n, batmap + 8),
  },
  {
    name: 'batmap calls an absent block full',
    of: 'tap',
    finds: ['BatmapBitWithoutBlock'],
    repaired: 'whole',
    make: (b, { batmap }) => void b.writeUInt8(0x80, batmap + 512),
  },
  {
    name: 'batmap calls a block with gaps full',
    of: 'child',
    finds: ['BatmapBitOverGaps'],
    repaired: 'whole',
    make: (b, { batmap, blocks: [[block] = [0]] }) =>
      void b.writeUInt8(0x80 >> block, batmap + 512),
  },
  {
    name: 'no name of the parent',
    of: 'child',
    finds: ['ParentNameMissing'],
    repaired: 'left',
    make: header((h) => h.fill(0, 64, 576)),
  },
  {
    name: 'no locators',
    of: 'child',
    finds: ['LocatorsMissing'],
    repaired: 'left',
    make: header((h) => h.fill(0, 576, 768)),
  },
  {
    name: 'locator behind the end',
    of: 'child',
    finds: ['LocatorOutside'],
    repaired: 'left',
    make: header((h) => h.writeBigUInt64BE(1n << 61n, 576 + 16)),
  },
  {
    name: 'locator longer than its space',
    of: 'child',
    finds: ['LocatorInvalid'],
    repaired: 'left',
    make: header((h) => h.writeUInt32BE(600, 576 + 8)),
  },
  {
    name: 'locator over the table',
    of: 'child',
    finds: ['LocatorOverStructure', 'LocatorNameDiffers'],
    repaired: 'left',
    make: header((h) => h.writeBigUInt64BE(1536n, 576 + 16)),
  },
  {
    name: 'two locators with one code',
    of: 'child',
    finds: ['LocatorTwice'],
    repaired: 'left',
    make: header((h) => h.copyWithin(576 + 48, 576 + 24, 576 + 28)),
  },
  {
    name: 'locator with another name',
    of: 'child',
    finds: ['LocatorNameDiffers'],
    repaired: 'left',
    make: header((h) => h.writeUInt8(0x7a, 64 + 1)),
  },
  {
    name: 'gaps in a block without parent',
    of: 'sparse',
    finds: ['BitmapHidesData', 'BitmapGaps'],
    repaired: 'left',
    make: (b, { blocks: [[, at] = [0, 0]] }) => void b.writeUInt8(0x7f, at),
  },
  {
    name: 'fixed disk cut',
    of: 'fixed',
    finds: ['FixedDataMissing'],
    repaired: 'left',
    make: (b) => b.subarray(4096),
  },
  {
    name: 'fixed disk without footer',
    of: 'fixed',
    finds: ['NoFooter'],
    repaired: 'left',
    make: (b) => b.subarray(0, b.length - 512),
  },
  {
    name: 'fixed disk with a header',
    of: 'fixed',
    finds: ['FooterDataOffset'],
    repaired: 'left',
    make: only('last', (f) => f.writeBigUInt64BE(512n, FIELD.offset)),
  },
];
