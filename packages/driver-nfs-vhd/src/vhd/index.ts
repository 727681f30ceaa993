export {
  BATMAP_HEADER_BYTES,
  type Batmap,
  batmapBytes,
  encodeEmptyBatmap,
  parseBatmap,
} from './batmap.js';
export { blockTableBytes, encodeBlockTable, parseBlockTable, UNUSED_BLOCK } from './block-table.js';
export { vhdChecksum } from './checksum.js';
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
export { inspectVhd, readLocatorText, type VhdSummary } from './inspect.js';
export { blockEnd, fullFileBytes, type Layout, layoutFor, nextBitmapSector } from './layout.js';
export {
  type NewVhd,
  newDifferencingVhd,
  newDynamicVhd,
  newDynamicVhdWithBlocks,
  type Piece,
  type VhdDescription,
} from './new-vhd.js';
export { type LocatorEntry, type LocatorText, parentLocators } from './parent-locator.js';
export { readVhdHead, type VhdHead } from './read-head.js';
export { type Readable, readExactly } from './reader.js';
export { BLOCK_BYTES, checkedVirtualBytes, MAX_VIRTUAL_BYTES, SECTOR_BYTES } from './sizes.js';
export { VhdError, type VhdErrorCode } from './vhd-error.js';
export { fromVhdSeconds, toVhdSeconds } from './vhd-time.js';
