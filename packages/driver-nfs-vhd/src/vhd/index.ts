export {
  BATMAP_HEADER_BYTES,
  type Batmap,
  batmapBytes,
  encodeEmptyBatmap,
  parseBatmap,
} from './batmap.js';
export { blockTableBytes, encodeBlockTable, parseBlockTable, UNUSED_BLOCK } from './block-table.js';
export {
  type ChainExtent,
  type ChainOptions,
  openChain,
  rawDisk,
  VhdChain,
} from './chain.js';
export { type ChangeFootersOptions, changeFooters, type FooterChange } from './change-footers.js';
export { type CheckOptions, checkVhd, type VhdReport } from './check/check-vhd.js';
export type { Finding, FindingCode, Risk, Verdict } from './check/finding.js';
export type { Patch, Refusal, RepairChoices } from './check/plan-repair.js';
export {
  type Overwritten,
  type Repair,
  type RepairOptions,
  repairVhd,
} from './check/repair-vhd.js';
export { VERDICTS } from './check/verdicts.js';
export { vhdChecksum } from './checksum.js';
export { coalesceVhd } from './coalesce.js';
export type { CopiedSectors } from './copy-held.js';
export { type DiskSource, streamSource } from './disk-source.js';
export { type FlattenOptions, flattenChain } from './flatten.js';
export {
  encodeFooter,
  FOOTER_BYTES,
  type Footer,
  type ParsedFooter,
  parseFooter,
  type VhdType,
} from './footer.js';
export { type Geometry, geometryFor } from './geometry.js';
export {
  encodeHeader,
  HEADER_BYTES,
  type Header,
  type ParentReference,
  parseHeader,
} from './header.js';
export { FlatLayer, type Layer, type LayerExtent, layerOf, SparseLayer } from './layer.js';
export { blockEnd, fullFileBytes, type Layout, layoutFor, nextBitmapSector } from './layout.js';
export {
  type NewVhd,
  newDifferencingVhd,
  newDynamicVhd,
  newDynamicVhdWithBlocks,
  newFixedVhd,
  type Piece,
  type VhdDescription,
  writeNewVhd,
} from './new-vhd.js';
export { NodeVhdFile, openVhdFile, parentsInFolder } from './node-vhd-file.js';
export { type FixedVhd, type FooterState, openVhd, type SparseVhd, type Vhd } from './open-vhd.js';
export { type LocatorEntry, type LocatorText, parentLocators } from './parent-locator.js';
export type { OpenedParent, ParentResolver, ParentWanted } from './parent-wanted.js';
export type { LongOperation, Progress } from './progress.js';
export { rawStream } from './raw-stream.js';
export { readVhdHead, type VhdHead } from './read-head.js';
export { type Readable, readExactly } from './reader.js';
export type { Region } from './regions.js';
export { BLOCK_BYTES, checkedVirtualBytes, MAX_VIRTUAL_BYTES, SECTOR_BYTES } from './sizes.js';
export { VhdError, type VhdErrorCode } from './vhd-error.js';
export { fromVhdSeconds, toVhdSeconds } from './vhd-time.js';
export { openVhdForWriting, VhdWriter, type WriteOrder, type WritePlace } from './vhd-writer.js';
export { virtualBytesOf } from './virtual-size.js';
export type { Writable } from './writable.js';
export { type WriteRawOptions, writeRaw } from './write-raw.js';
export { type WriteVhdOptions, type WrittenVhd, writeVhd } from './write-vhd.js';
