import type { Figure } from '../report/figure.js';

/** What a part is asked to do. */
export interface VhdOptions {
  /** Where files are put: on the disk that is to be measured. */
  readonly folder: string;
  /** How often what is compared is repeated, in turn; medians are reported. */
  readonly rounds: number;
  /** Tells how far it is; nothing of it is part of the report. */
  readonly tell: (text: string) => void;
}

/** A part of the figures of the VHD codec. */
export interface VhdPart {
  /** What `--only` calls it. */
  readonly name: string;
  readonly what: string;
  measure(options: VhdOptions): Promise<readonly Figure[]>;
}
