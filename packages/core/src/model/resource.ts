import type { Condition } from './condition.js';
import type { Document } from './field.js';
import type { ExternalId, Fence, ResourceId, ResourceUuid } from './identity.js';
import type { JsonObject } from './json.js';
import type { Repair } from './repair.js';
import type { ResourceType } from './resource-type.js';

/**
 * A row of the store. Desired columns are written by the API only, status columns by the kernel only and always under
 * its fence; each side has its own version, so neither ever conflicts with the other (reference/kernel.md 1.1).
 */
export interface Resource<T extends ResourceType = ResourceType>
  extends Identity,
    Desired<T>,
    Observed<T> {}

/** Fixed when the resource is created. */
export interface Identity {
  readonly uuid: ResourceUuid;
  readonly type: string;
  readonly id: ResourceId;
  /** The account it belongs to; an account belongs to itself. */
  readonly account: ResourceUuid;
  /** What no other live resource of its type is called; null for types without such a name. */
  readonly naturalKey: string | null;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** What was asked for. */
export interface Desired<T extends ResourceType = ResourceType> {
  readonly name: string | null;
  readonly description: string | null;
  /** The caller's own notes; nothing of ours reads them. */
  readonly data: JsonObject;
  readonly spec: Document<T['spec']>;
  /** Grows by one with every change of the desired columns, deletion included. */
  readonly generation: number;
  /** Set once and never taken back. Milliseconds since the epoch. */
  readonly deleteRequestedAt: number | null;
  /** What a person decided about objects that the kernel must not decide about. */
  readonly repairs: readonly Repair[];
}

/** What is known of the world, and how the kernel stands with it. */
export interface Observed<T extends ResourceType = ResourceType> {
  readonly status: Partial<Document<T['status']>>;
  readonly conditions: readonly Condition[];
  /** The outside objects it is made of, by part. */
  readonly parts: { readonly [part: string]: PartRecord };
  /** The generation the world last agreed with. */
  readonly observedGeneration: number;
  /** The generation a pass last worked on. Smaller than `generation` means that a change waits for its first pass. */
  readonly attemptedGeneration: number;
  /** Grows by one with every record. */
  readonly statusVersion: number;
  readonly fence: Fence | null;
  readonly outcome: 'done' | 'wait' | 'retry' | 'stall' | null;
  /** When to pass again even if nothing is heard; null when only a hint or a change brings the next pass. */
  readonly nextAttemptAt: number | null;
  /** Failed passes in a row at this generation. */
  readonly attempts: number;
  readonly lastErrorCode: string | null;
  readonly lastErrorMessage: string | null;
  /** Set when nothing of it is left outside: the row is a tombstone. Milliseconds since the epoch. */
  readonly removed: number | null;
}

/** The observed state of a resource that no pass has looked at. */
export const UNOBSERVED: Observed = {
  status: {},
  conditions: [],
  parts: {},
  observedGeneration: 0,
  attemptedGeneration: 0,
  statusVersion: 0,
  fence: null,
  outcome: null,
  nextAttemptAt: null,
  attempts: 0,
  lastErrorCode: null,
  lastErrorMessage: null,
  removed: null,
};

/**
 * The step from which on a change of a field is the next one, and not the last one once more: one that broke off halfway
 * is then repeated under its own operation key, whatever else was changed meanwhile.
 */
export interface ChangeTurns {
  /** The fields that were changed lately, the newest last. */
  readonly fields: readonly (readonly [field: string, step: number])[];
  /** For all others. */
  readonly others: number;
}

/** How far the kernel is with one outside object: written before it acts and after. */
export interface PartRecord {
  /** `intent`: a create may have been sent. `recorded`: it was answered and its external id is known. */
  readonly state: 'intent' | 'recorded';
  readonly epoch: number;
  readonly external: ExternalId | null;
  /** The driver whose object it is; absent in records of earlier releases. */
  readonly driver?: string | undefined;
  /** Counts recorded mutations, so that each has an operation key of its own. */
  readonly step: number;
  /** Which change is the next of each field; absent before the first one, and in records of earlier releases. */
  readonly turns?: ChangeTurns | undefined;
  /** When it was last made as asked again after somebody else had changed it: the last few moments, the newest last. */
  readonly repaired?: readonly number[] | undefined;
  /** Names the desired state that it was last seen to be as; absent before that, and in records of earlier releases. */
  readonly asked?: string | undefined;
}
