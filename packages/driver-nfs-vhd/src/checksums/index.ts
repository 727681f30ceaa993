export { type SharePaths, sharePaths } from '../share/share-paths.js';
export {
  type BlockSums,
  blockCount,
  isComplete,
  type SummedDisk,
} from './block-sums.js';
export {
  type DiskRepair,
  type RepairedBlock,
  type RepairRequest,
  repairDisk,
} from './repair-disk.js';
export {
  type BlockFinding,
  type ChainFinding,
  type ScrubFinding,
  type StructureFinding,
  type SumsFinding,
  scrubFindingInWords,
} from './scrub-finding.js';
export { type ScrubReport, type ScrubRequest, scrubStep } from './scrub-step.js';
export type { ScrubbedShare } from './scrubbed-share.js';
export { type SumDiskOptions, sumDisk } from './sum-disk.js';
export { encodeSums, MOST_SUM_FILE_BYTES, type ParsedSums, parseSums } from './sum-file.js';
export { forgetSums, readSums, type StoredSums, writeSums } from './sum-store.js';
export {
  type DamagedBlock,
  type Verification,
  type VerifyOptions,
  verifyDisk,
} from './verify-disk.js';
