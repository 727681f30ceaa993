/** Makes a string type that only its own parser can produce. */
export type Branded<Name extends string> = string & { readonly __brand: Name };

/** A resource's identity for its whole life and beyond: fixed before anything is created outside, never reused. */
export type ResourceUuid = Branded<'ResourceUuid'>;

/** The short friendly id people see in URLs (`/v1/virtualmachines/42`). Unique within a type, never reused. */
export type ResourceId = Branded<'ResourceId'>;

/**
 * Says which holder of a resource's lock is the newer one. Tokens of one resource compare as strings:
 * a later holder's token is greater, also across restarts (reference/kernel.md 1.6).
 */
export type Fence = Branded<'Fence'>;

/** What a backend calls the object it keeps for us: a XAPI uuid, a file name, a VLAN tag. Never a handle that dies with a session. */
export type ExternalId = Branded<'ExternalId'>;

/** Names one outside mutation so that repeating it, even by a dead process's late call, changes nothing more. */
export type OperationKey = Branded<'OperationKey'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Returns `text` as a uuid if it is one in lower-case canonical form, else undefined. */
export function parseUuid(text: string): ResourceUuid | undefined {
  return UUID.test(text) ? (text as ResourceUuid) : undefined;
}

/** Takes a uuid that is known to be well formed: it was made by us or read from our own store. */
export function asUuid(text: string): ResourceUuid {
  return text as ResourceUuid;
}

/** Takes a friendly id from a URL, a body or the store; whether it names anything is the store's to say. */
export function asId(text: string): ResourceId {
  return text as ResourceId;
}

/** Takes a backend's own name for an object. */
export function asExternalId(text: string): ExternalId {
  return text as ExternalId;
}

/** Takes a lock service's token. */
export function asFence(text: string): Fence {
  return text as Fence;
}

/** Takes a key made by the kernel. */
export function asOperationKey(text: string): OperationKey {
  return text as OperationKey;
}
