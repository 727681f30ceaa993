import type { ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import type { Change } from './driver.js';
import type { PlacementCandidate } from './reconciler.js';

/** A place where plug-ins take part, and what they are given and may answer there (reference/kernel.md 1.4). */
export interface HookPoints {
  /** Before a desired state is validated: may answer fields to set. */
  'admit.mutate': { readonly input: AdmissionInput; readonly output: JsonObject | undefined };
  /** Before a desired state is stored: may answer why not. */
  'admit.validate': { readonly input: AdmissionInput; readonly output: Refusal | undefined };
  /** For each candidate: may answer why not there. */
  'schedule.filter': { readonly input: PlacementInput; readonly output: Refusal | undefined };
  /** For each candidate that is left: answers how good it is, 0 to 1. */
  'schedule.weigh': { readonly input: PlacementInput; readonly output: number };
  /** Before an object is made outside: may answer why not yet. */
  'before.create': { readonly input: MutationInput; readonly output: Refusal | undefined };
  'before.update': { readonly input: MutationInput; readonly output: Refusal | undefined };
  'before.delete': { readonly input: MutationInput; readonly output: Refusal | undefined };
  /** After it was made. At least once: it runs again when the process dies before the record. */
  'after.create': { readonly input: MutationInput; readonly output: undefined };
  'after.update': { readonly input: MutationInput; readonly output: undefined };
  'after.delete': { readonly input: MutationInput; readonly output: undefined };
  /** After a condition changed its status and that was recorded. */
  onCondition: { readonly input: ConditionInput; readonly output: undefined };
  /** After a pass failed and that was recorded. */
  onError: { readonly input: ErrorInput; readonly output: undefined };
}

/** The name of a {@link HookPoints hook point}. */
export type HookPoint = keyof HookPoints;

/** A plug-in's part at one point. It gets frozen data and no port; what it answers is all it can do. */
export interface Hook<P extends HookPoint = HookPoint> {
  readonly point: P;
  /** Named in every error and event: `package/what`. */
  readonly name: string;
  /** Hooks of a point run by falling priority, then by name. */
  readonly priority?: number | undefined;
  /** After this long the hook has failed. Default 2,000. */
  readonly timeoutMs?: number | undefined;
  /** Whether its failure fails what it is part of, or is only logged. Default `fail`. */
  readonly onFailure?: 'fail' | 'ignore' | undefined;
  run(input: HookPoints[P]['input']): HookPoints[P]['output'] | Promise<HookPoints[P]['output']>;
}

/** A hook of any point, as it is registered. */
export type HookRegistration = { readonly [P in HookPoint]: Hook<P> }[HookPoint];

/** Why not, for the user. */
export interface Refusal {
  readonly message: string;
  readonly fieldName?: string | undefined;
}

/** What is asked for, by whom. */
export interface AdmissionInput {
  readonly operation: 'create' | 'update' | 'delete' | 'act';
  readonly type: string;
  readonly account: string;
  readonly accountKind: 'admin' | 'user';
  /** Of a new one, where its caller chose it: it may be there already, when somebody repeats what was not answered. */
  readonly uuid?: ResourceUuid | undefined;
  /** Absent on create. */
  readonly before: Resource | undefined;
  /** The desired fields as they would be; name, description and data among them. */
  readonly desired: JsonObject;
}

/** What is to be placed, and a place. */
export interface PlacementInput {
  readonly resource: Resource;
  readonly amount: number;
  readonly candidate: PlacementCandidate;
  readonly free: number;
  readonly total: number;
  /** Whether one is there that it would rather be near. */
  readonly near: 'yes' | 'no';
}

/** What is about to change, or has changed, outside. */
export interface MutationInput {
  readonly resource: Resource;
  readonly part: string;
  readonly driver: string;
  readonly change: Change | undefined;
}

/** A condition that changed. */
export interface ConditionInput {
  readonly resource: Resource;
  readonly condition: string;
  readonly status: string;
}

/** A pass that failed. */
export interface ErrorInput {
  readonly resource: Resource;
  readonly code: string;
  readonly message: string;
}
