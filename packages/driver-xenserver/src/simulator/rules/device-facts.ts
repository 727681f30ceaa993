import type { RunningOperation } from './rule-table.js';

/** What a VM's devices need to know of it. */
export interface OwnerFacts {
  readonly ref: string;
  readonly powerState: string;
  /** Devices of snapshots are copied rows: nobody ever works out their operations. */
  readonly isSnapshot: boolean;
  /** Control domains and driver domains may share disks. */
  readonly isSystemDomain: boolean;
  readonly operations: readonly string[];
  readonly virtualisation: 'hvm' | 'pv';
  readonly hasDrivers: boolean;
  /** What the guest itself says about plugging while it runs. */
  readonly canPlug: 'yes' | 'no' | 'unspecified';
}

/** Everything that decides which operations a network card allows. */
export interface VifFacts {
  readonly ref: string;
  readonly owner: OwnerFacts;
  readonly operations: readonly RunningOperation[];
  readonly attached: boolean;
}

/** How another device uses the same disk. */
export interface OtherUse {
  readonly mode: string;
  /** Attached, or about to be. */
  readonly active: boolean;
  readonly ownerSuspended: boolean;
  readonly ownerIsSystemDomain: boolean;
}

/** What a drive needs to know of its disk. */
export interface MediumFacts {
  readonly ref: string;
  readonly managed: boolean;
  readonly readOnly: boolean;
  readonly sharable: boolean;
  readonly operations: readonly RunningOperation[];
  readonly otherUses: readonly OtherUse[];
}

/** Everything that decides which operations a drive allows. */
export interface VbdFacts {
  readonly ref: string;
  readonly owner: OwnerFacts;
  readonly operations: readonly RunningOperation[];
  readonly attached: boolean;
  readonly type: string;
  readonly mode: string;
  readonly empty: boolean;
  readonly unpluggable: boolean;
  /** Undefined for empty drives and where the disk's row is gone. */
  readonly medium: MediumFacts | undefined;
}
