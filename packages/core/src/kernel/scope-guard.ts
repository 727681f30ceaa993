import { RequestError } from '../model/errors.js';
import type { JsonObject } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import { beyond, checkScopes, scopesIn } from '../model/scopes.js';
import type { Caller } from './resources.js';

/** Throws PermissionDenied for a key or login that opens more than what opened the API to its caller. */
export function refuseWider(caller: Caller, type: ResourceType, before: Resource): void {
  const { scopedBy } = type;
  if (scopedBy === undefined) return;
  const wider = beyond(caller.scopes, scopesIn(before.spec[scopedBy]));
  if (wider === undefined) return;
  throw new RequestError(
    'PermissionDenied',
    `${type.id} ${before.id} opens more than what this request was made with: ${wider}`,
  );
}

/**
 * Throws for scopes that a request asks for and that are none (InvalidOption), or that go beyond those of its caller
 * (PermissionDenied). `desired` are the fields of the request: one that does not name them leaves them as they are.
 */
export function guardScopes(
  types: TypeRegistry,
  caller: Caller,
  type: ResourceType,
  desired: JsonObject,
): void {
  const { scopedBy } = type;
  if (scopedBy === undefined || !Object.hasOwn(desired, scopedBy)) return;
  const wanted = desired[scopedBy];
  checkScopes(scopedBy, wanted, types);
  const wider = beyond(caller.scopes, scopesIn(wanted));
  if (wider === undefined) return;
  throw new RequestError(
    'PermissionDenied',
    `${scopedBy}: ${wider} is more than what this request was made with`,
    { fieldName: scopedBy },
  );
}
