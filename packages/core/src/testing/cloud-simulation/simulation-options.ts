import type { Plugin } from '../../di.js';
import type { Explanation } from '../../kernel/explain/explanation.js';
import type { Store } from '../../ports/store.js';
import type { FaultPlan } from '../simulator/fault.js';
import type { MemoryStore } from '../simulator/memory-store.js';
import type { PointObserver, World } from '../simulator/world.js';
import type { Scenario } from './scenario.js';
import type { Trouble, Troubled } from './troubles.js';

/** One run of a simulated cloud. */
export interface SimulationOptions {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly kernels: number;
  /** Whether these kernels are the first that ever started. Default: they find a cloud at rest. */
  readonly ground?: 'at rest' | 'empty' | undefined;
  readonly faults: FaultPlan;
  /** What befalls the world, and when, in milliseconds from the start. */
  readonly troubles: readonly { readonly at: number; readonly trouble: Trouble }[];
  readonly hooks: 'some' | 'none';
  /** Makes something different from what kernels usually find, before any of them starts. */
  readonly prepare?: ((around: Troubled) => void) | undefined;
  /** How long faults and troubles may happen, at most; virtual milliseconds. Default four minutes. */
  readonly faultsForMs?: number | undefined;
  /** Whether the cloud is watched for a while after it has come to rest. */
  readonly rest: 'watched' | 'not watched';
  readonly trace?: 'entries' | 'hash' | undefined;
  readonly coverage?: PointObserver | undefined;
  /** Breaks something on purpose; tests only. */
  readonly tamper?: Tamper | undefined;
  /** The end that a run without faults comes to; see {@link SimulationReport.end}. */
  readonly expectedEnd?: string | undefined;
}

/** Ways to break a cloud on purpose, to see whether anybody notices. */
export interface Tamper {
  readonly store?: ((store: MemoryStore) => Store) | undefined;
  readonly plugin?: Plugin | undefined;
}

/** What a run came to. */
export interface SimulationReport {
  readonly seed: number;
  readonly scenario: string;
  readonly violation: Violation | undefined;
  /** The hash of everything that happened. */
  readonly hash: string;
  readonly steps: number;
  readonly faults: number;
  /** Virtual milliseconds. */
  readonly tookMs: number;
  /** From the healing to rest; virtual milliseconds. */
  readonly convergedMs: number;
  /** What there is in the end, in words that do not depend on ids. */
  readonly end: string;
  readonly trace: World['trace'];
  /** What was said of everything that was not as asked when the time of faults was over. */
  readonly explanations: readonly Explanation[];
}

/** A broken invariant. */
export interface Violation {
  readonly invariant: string;
  readonly message: string;
  readonly step: number;
  /** Virtual milliseconds from the start. */
  readonly at: number;
}
