import type { Figure } from '../report/figure.js';
import type { Backing } from './backing.js';

/** What a part is asked to do. */
export interface ClusterOptions {
  readonly backing: Backing;
  /** Rounds of what is compared; medians are reported. */
  readonly rounds: number;
  /** Servers measured in each round. */
  readonly servers: number;
  /** Started before that. */
  readonly warmUp: number;
  /** Clients at a time. */
  readonly clients: number;
  /** Whether gdcloud is measured beside the floors. */
  readonly systems: 'all' | 'floors';
  /** How many rows the largest resync has. */
  readonly mostRows: number;
  /** Where drawings are put; undefined when nothing is to be saved. */
  readonly drawings: string | undefined;
  /** Tells how far it is; nothing of it is part of the report. */
  readonly tell: (text: string) => void;
}

/** A part of the figures of many processes. */
export interface ClusterPart {
  /** What `--only` calls it. */
  readonly name: string;
  readonly what: string;
  /** `some`: it has floors that can be measured without gdcloud. */
  readonly floors: 'some' | 'none';
  measure(options: ClusterOptions): Promise<readonly Figure[]>;
}
