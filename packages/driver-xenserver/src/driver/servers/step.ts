import type {
  Change,
  Json,
  PendingChange,
  ResourceUuid,
  ServerDisk,
  ServerNic,
} from '@gdcloud/core';
import type { StaleLock } from './disk-locks.js';
import type { Unfiltered } from './source-filter.js';

/** What one update does to the pool. */
export type Action =
  | {
      readonly kind:
        | 'claim'
        | 'rename'
        | 'resizeMemory'
        | 'balloon'
        | 'setCpusMax'
        | 'setCpusAtStartup'
        | 'setCpusLive'
        | 'start'
        | 'stop'
        | 'unpause'
        | 'resume'
        | 'reboot'
        | 'sealReboots'
        | 'unsealReboots';
    }
  /** `declareOff`: it runs nowhere, though the pool shows it on a host that is off. */
  | { readonly kind: 'migrate' | 'declareOff' }
  | { readonly kind: 'releaseDisk'; readonly lock: StaleLock }
  | { readonly kind: 'stampRestart'; readonly domain: number }
  | { readonly kind: 'addDisk'; readonly disk: ServerDisk }
  | { readonly kind: 'addNic'; readonly nic: ServerNic }
  | { readonly kind: 'addCd' }
  | { readonly kind: 'insertCd'; readonly ref: string; readonly disk: ResourceUuid }
  | { readonly kind: 'ejectCd'; readonly ref: string }
  | { readonly kind: 'adopt' }
  | { readonly kind: 'markDisk'; readonly ref: string; readonly disk: ServerDisk }
  | { readonly kind: 'markNic'; readonly ref: string; readonly nic: ServerNic }
  | { readonly kind: 'allowAddress'; readonly card: FilteredCard }
  | { readonly kind: 'allowUnplug'; readonly ref: string }
  | {
      readonly kind: 'plug' | 'unplug' | 'remove';
      readonly device: 'VBD' | 'VIF';
      readonly ref: string;
    };

/** A card that is to be held to its own address. */
export interface FilteredCard {
  readonly ref: string;
  readonly unfiltered: Unfiltered | undefined;
  readonly nic: ServerNic;
}

/** A difference and what would be done about it. */
export interface Step extends Change {
  readonly action: Action;
}

/** What is to be done now, in order, and what can't be done before the server is off. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly pending: readonly PendingChange[];
}

/** Nothing to do. */
export const NOTHING: Plan = { steps: [], pending: [] };

/** One step. */
export function step(field: string, desired: Json, actual: Json, action: Action): Plan {
  return { steps: [{ field, desired, actual, action }], pending: [] };
}

/** One difference that waits. */
export function waits(field: string, reason: string): Plan {
  return { steps: [], pending: [{ field, reason }] };
}

/** Several plans, one after the other. */
export function inOrder(...plans: readonly Plan[]): Plan {
  return {
    steps: plans.flatMap(({ steps }) => steps),
    pending: plans.flatMap(({ pending }) => pending),
  };
}
