import type { Sandbox } from '@gdcloud/driver-vlan/agent';
import type { Figure } from '../report/figure.js';
import type { Part } from '../report/parts.js';

/** What a part is given. */
export interface VlanRun {
  /** Namespaces of this run's own. Whatever is compared runs its programs by the same runner. */
  readonly sandbox: Sandbox;
  readonly rounds: number;
  readonly tell: (text: string) => void;
}

/** A part of the benchmark of networks. */
export interface VlanPart extends Part {
  measure(run: VlanRun): Promise<readonly Figure[]>;
}
