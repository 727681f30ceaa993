import type { ResourceType, Verb } from '../model/resource-type.js';
import type { Scope } from '../ports/store.js';
import type { Caller } from './resources.js';

/** Whether the declaration of the type lets callers of this kind do this at all. */
export function mayDo(caller: Caller, type: ResourceType, verb: Verb): boolean {
  return type.access[caller.kind === 'admin' ? 'administrators' : 'users'].includes(verb);
}

/** What a caller sees of the store: administrators all of it, others their own and what is everyone's. */
export function scopeOf(caller: Caller): Scope {
  return caller.kind === 'admin' ? { kind: 'all' } : { kind: 'account', account: caller.account };
}
