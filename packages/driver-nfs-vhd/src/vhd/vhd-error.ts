/** What is wrong with bytes that should be a VHD, or with a request to make one. Stable; each has a test. */
export type VhdErrorCode =
  /** The bytes end before the structure does. */
  | 'Truncated'
  /** The cookie of a footer, header or batmap is not there: something else lies at this place. */
  | 'NotAVhd'
  | 'FooterChecksum'
  | 'TailFooterChecksum'
  | 'HeaderChecksum'
  /** The two copies of the footer are both sound and say different things. */
  | 'FootersDiffer'
  /** A version, type, flag or block size that this codec does not know. */
  | 'Unsupported'
  /** A field whose value the format forbids, or that contradicts another field. */
  | 'InvalidField'
  /** A block or a structure reaches outside the file. */
  | 'OutOfBounds'
  /** Two blocks, or a block and a structure, share bytes. */
  | 'Overlap'
  /** Not a multiple of 2 MiB, or beyond 2040 GiB, or nothing. */
  | 'InvalidSize'
  | 'InvalidUuid'
  /** A parent's file name that could name another folder or would not fit the header. */
  | 'InvalidName'
  /** Nobody found the parent that a file of a chain names. */
  | 'ParentMissing'
  /** What was found as the parent has another uuid, or can't be one. */
  | 'ParentMismatch'
  /** A file is its own ancestor. */
  | 'ParentLoop'
  | 'ChainTooDeep'
  /** A range that is outside the disk or does not start and end at a sector. */
  | 'InvalidRange'
  /** The block table, or the 2 TiB that it can address, are used up: only a new file can be bigger. */
  | 'NoRoom'
  /** XenServer has the file open for writing: its last footer is overwritten for as long. */
  | 'InUse';

/** The only error of this codec. Nothing was changed; the same bytes give the same error. */
export class VhdError extends Error {
  override readonly name = 'VhdError';
  readonly code: VhdErrorCode;

  constructor(code: VhdErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
