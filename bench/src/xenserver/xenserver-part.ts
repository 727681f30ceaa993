import type { Figure } from '../report/figure.js';

/** What a part is asked to do. */
export interface XenserverOptions {
  /** Where simulated pools keep their state. */
  readonly folder: string;
  /** How often what is compared is repeated, in turn; medians are reported. */
  readonly rounds: number;
  /** Tells how far it is; nothing of it is part of the report. */
  readonly tell: (text: string) => void;
}

/** A part of the figures of the XenServer driver and its simulator. */
export interface XenserverPart {
  /** What `--only` calls it. */
  readonly name: string;
  readonly what: string;
  measure(options: XenserverOptions): Promise<readonly Figure[]>;
}
