import type { Figure } from '../report/figure.js';

/** What a part is asked to do. */
export interface SimOptions {
  /** Where databases are put: on the disk that is to be measured. */
  readonly folder: string;
  /** How many resources others keep a cloud busy with. */
  readonly crowd: number;
  /** Tells how far it is; nothing of it is part of the report. */
  readonly tell: (text: string) => void;
}

/** A part of the figures that show that work survives crashes and is shared fairly. */
export interface SimPart {
  /** What `--only` calls it. */
  readonly name: string;
  readonly what: string;
  measure(options: SimOptions): Promise<readonly Figure[]>;
}
