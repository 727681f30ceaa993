/** A kind of damage. Stable; each has a test. */
export type FindingCode =
  | 'FileTooShort'
  | 'NoFooter'
  | 'FirstFooterMissing'
  | 'FirstFooterDamaged'
  | 'LastFooterMissing'
  | 'LastFooterDamaged'
  | 'LastFooterKilled'
  | 'LastFooterMisplaced'
  | 'LastFooterShort'
  | 'FooterIdentitiesDiffer'
  | 'FooterSizesDiffer'
  | 'FooterVisibilitiesDiffer'
  | 'FooterTypesDiffer'
  | 'FooterDetailsDiffer'
  | 'FooterVersion'
  | 'FooterType'
  | 'FooterHiddenByte'
  | 'FooterFeatures'
  | 'FooterReservedBytes'
  | 'FooterDataOffset'
  | 'SizeInvalid'
  | 'SizeTooBig'
  | 'GeometryTooBig'
  | 'CreatedInFuture'
  | 'FixedDataMissing'
  | 'HeaderMissing'
  | 'HeaderDamaged'
  | 'HeaderVersion'
  | 'BlockSizeUnsupported'
  | 'TableOverHeader'
  | 'TableMisaligned'
  | 'TableSizeInvalid'
  | 'TableTooShort'
  | 'TableOutside'
  | 'BlockOutside'
  | 'BlocksOverlap'
  | 'BlockOverStructure'
  | 'BlockMisaligned'
  | 'BlockBehindDisk'
  | 'BatmapMissing'
  | 'BatmapSizeInvalid'
  | 'BatmapDamaged'
  | 'BatmapOutside'
  | 'BatmapBitWithoutBlock'
  | 'BatmapBitOverGaps'
  | 'ParentNameMissing'
  | 'LocatorsMissing'
  | 'LocatorOutside'
  | 'LocatorInvalid'
  | 'LocatorOverStructure'
  | 'LocatorTwice'
  | 'LocatorNameDiffers'
  | 'LocatorWithoutParent'
  | 'BitmapGaps'
  | 'BitmapHidesData'
  | 'Unreadable'
  | 'SpaceUnused';

/**
 * What a damage puts at stake: `nothing` (other tools complain), `redundancy` (a copy is gone, all data are there), `data`
 * (some sectors read wrong, or will) or `disk` (nothing of it can be read).
 */
export type Risk = 'nothing' | 'redundancy' | 'data' | 'disk';

/** What is known of a kind of damage. */
export interface Verdict {
  readonly risk: Risk;
  /** What it means. */
  readonly meaning: string;
  /** `certain`: one outcome is right whatever happened. `choice`: a person has to say something first. */
  readonly repair: 'certain' | 'choice' | 'none';
  /** What to do where a repair is no matter of course. */
  readonly remedy: string;
}

/** A damage that was found. */
export interface Finding extends Verdict {
  readonly code: FindingCode;
  /** In words: `the last footer`, `block 17`. */
  readonly where: string;
  /** In the file, in bytes. */
  readonly position: number;
  /** The very values. */
  readonly detail: string;
}

/** Collects findings. */
export type Report = (
  code: FindingCode,
  place: { readonly where: string; readonly position: number; readonly detail: string },
) => void;
