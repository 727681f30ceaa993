import { conditionOf } from './condition.js';
import type { ResourceUuid } from './identity.js';
import type { Json, JsonObject } from './json.js';
import type { Resource } from './resource.js';

/**
 * What frees a stalled resource: another desired state, its deletion, another look after the cause is mended, or a
 * decision that only a person may take (`recreate` an object that held data, `keep` one of several, `fence` a machine).
 */
export type StallAction = 'update' | 'delete' | 'reconcile' | 'recreate' | 'keep' | 'fence';

/** At least one: nothing may get stuck without a way out. */
export type StallActions = readonly [StallAction, ...StallAction[]];

/**
 * Every way in which the kernel and the cloud's own types give up, and what frees from it. `InvalidDesired` and
 * `Failing` stall under the code of the driver's failure, which is the driver's to choose.
 */
export const STALLS = {
  /** The desired state can never work, says the driver. */
  InvalidDesired: ['update', 'reconcile', 'delete'],
  /** It failed too often, or for too long, at one generation. */
  Failing: ['reconcile', 'update', 'delete'],
  /** An object that held data is not there any more. */
  ExternalMissing: ['recreate', 'reconcile', 'delete'],
  /** More than one object carries the same key, and destroying any of them could lose something. */
  DuplicateExternal: ['keep', 'delete'],
  /** What it is made from is not there or is going. */
  DependencyMissing: ['delete', 'update'],
  /** Something older has what it asks for: two were asked for in one moment. */
  InTheWay: ['update', 'delete', 'reconcile'],
  /** Somebody else changed it, and the policy of the field is to report that only. */
  Drifted: ['reconcile', 'delete'],
  /** Somebody else changes it as often as it is repaired. */
  DriftContended: ['reconcile', 'delete'],
  /** A text that is kept sealed, its own or of what it gathers, can't be read: its key is missing. */
  SecretUnreadable: ['reconcile', 'delete'],
  /** It is a host that does not answer, and what runs on it nobody knows. */
  HostLost: ['fence', 'reconcile'],
  /** It is an orphan whose driver is not plugged in any more. */
  DriverUnknown: ['delete'],
  /** It is an orphan whose driver can't set objects aside. */
  QuarantineNotSupported: ['delete'],
} as const satisfies { readonly [kind: string]: StallActions };

/** A kind of {@link STALLS}. */
export type StallKind = keyof typeof STALLS;

/** Every kind of stall, for what must know them all. */
export const STALL_KINDS = Object.keys(STALLS) as readonly StallKind[];

/** A pass's end that asks for a person. */
export interface Stall {
  readonly kind: 'stall';
  /** One CamelCase word, stable: for programs. */
  readonly code: string;
  /** What is wrong, in one sentence; what to do about it follows from `actions`. */
  readonly message: string;
  /** The API's actions that free it. */
  readonly actions: StallActions;
  /** What the actions need to know, for the condition's details: the part, the objects to choose from. */
  readonly details?: JsonObject | undefined;
  /** The resources it can't work without, where they are known. */
  readonly blockers?: readonly ResourceUuid[] | undefined;
}

/** Ends a pass in one of the known ways. `code` defaults to the kind. */
export function stall(
  kind: StallKind,
  message: string,
  more: Partial<Pick<Stall, 'code' | 'details' | 'blockers'>> = {},
): Stall {
  return { kind: 'stall', code: kind, message, actions: STALLS[kind], ...more };
}

/** The sentence that says what to do, for the end of a stall's message. */
export function wayOut(actions: StallActions): string {
  const ways = actions.map((action) => WAYS[action]);
  const last = ways.at(-1) ?? '';
  const list = ways.length === 1 ? last : `${ways.slice(0, -1).join(', ')} or ${last}`;
  return `To free it, ${list}.`;
}

const WAYS: Readonly<Record<StallAction, string>> = {
  update: 'change what is asked of it',
  delete: 'delete it',
  reconcile: 'ask for the action reconcile when the cause is mended',
  recreate: 'ask for the action recreate to have an empty one made',
  fence: 'ask for the action fence once the machine certainly is off',
  keep: 'ask for the action keep and name the one to keep',
};

/** What a `Stalled` condition says to programs. */
export interface StallDetails {
  readonly actions: readonly string[];
  /** The part that is meant, where one is. */
  readonly part: string | undefined;
  /** The outside objects to choose from. */
  readonly externals: readonly string[];
}

/** What a resource that is stalled offers; undefined when it is not stalled. */
export function stallOf(resource: Pick<Resource, 'conditions'>): StallDetails | undefined {
  const stalled = conditionOf(resource.conditions, 'Stalled');
  if (stalled?.status !== 'True') return undefined;
  const { actions, part, externals } = stalled.details ?? {};
  return {
    actions: texts(actions),
    part: typeof part === 'string' ? part : undefined,
    externals: texts(externals),
  };
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
