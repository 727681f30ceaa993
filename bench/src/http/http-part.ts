import type { Figure } from '../report/figure.js';
import type { Part } from '../report/parts.js';

/** What a part is given. */
export interface HttpRun {
  /** A folder of this run's own, on the disk that is to be measured. */
  readonly folder: string;
  /** How often what is compared is repeated, in turn; medians are reported. */
  readonly rounds: number;
  /** How many requests show whether memory grows. */
  readonly requests: number;
  /** How many event streams are held open. */
  readonly streams: number;
  /** Tells how far it is; nothing of it is part of the report. */
  readonly tell: (text: string) => void;
}

/** A part of the benchmark of the HTTP API. */
export interface HttpPart extends Part {
  measure(run: HttpRun): Promise<readonly Figure[]>;
}
