import { RequestError } from '../model/errors.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType, Verb } from '../model/resource-type.js';
import { isWithin } from '../model/scopes.js';
import type { Scope } from '../ports/store.js';
import type { Caller } from './resources.js';

/** Whether the declaration of the type lets callers of this kind do this at all, and their key opens it. */
export function mayDo(caller: Caller, type: ResourceType, verb: Verb): boolean {
  const able = type.access[caller.kind === 'admin' ? 'administrators' : 'users'];
  return able.includes(verb) && isWithin(caller.scopes, type.id, verb);
}

/** Whether a key opens decisions about resources of a type, those included that every type has without declaring them. */
export function mayDecide(caller: Caller, type: ResourceType): boolean {
  return isWithin(caller.scopes, type.id, 'act');
}

/** What a caller sees of the store: administrators all of it, others their own and what is everyone's. */
export function scopeOf(caller: Caller): Scope {
  return caller.kind === 'admin' ? { kind: 'all' } : { kind: 'account', account: caller.account };
}

/** Throws PermissionDenied, or NotFound for a type that the caller may not even read. */
export function permit(caller: Caller, type: ResourceType, verb: Verb): void {
  if (mayDo(caller, type, verb)) return;
  throw mayDo(caller, type, 'read')
    ? new RequestError('PermissionDenied', `${whose(caller)} may not ${verb} a ${type.id}`)
    : new RequestError('NotFound', `there is no type ${type.plural}`);
}

/** Whether a resource is the caller's to change: what everyone may read is not everyone's to write. */
export function owns(caller: Caller, resource: Resource): boolean {
  return caller.kind === 'admin' || resource.account === caller.account;
}

/** Throws PermissionDenied unless the caller {@link owns} the resource. */
export function permitOwn(caller: Caller, type: ResourceType, resource: Resource): void {
  if (owns(caller, resource)) return;
  throw new RequestError(
    'PermissionDenied',
    `${type.id} ${resource.id} belongs to another account`,
  );
}

function whose({ scopes }: Caller): string {
  return scopes === undefined ? 'this account' : 'this key';
}
