import { scopesOf } from '../model/credential-standing.js';
import type { Resource } from '../model/resource.js';
import { readsOf, type Scopes } from '../model/scopes.js';
import type { Caller } from './resources.js';

/** Who asks, when a key or a login of an account has opened the API. */
export function callerOf(account: Resource, opened: Resource): Caller {
  return {
    account: account.uuid,
    accountId: account.id,
    accountName: account.name ?? '',
    kind: kindOf(account),
    key: opened.uuid,
    scopes: scopesWithin(account, opened),
  };
}

/** What kind of caller an account's keys make: an auditor sees what administrators see. */
export function kindOf(account: Resource): Caller['kind'] {
  return kindOfAccount(account) === 'user' ? 'user' : 'admin';
}

/** What a key or a login of the account opens; undefined for all that callers of its kind may do. */
export function scopesWithin(account: Resource, opened: Resource): Scopes | undefined {
  const scopes = scopesOf(opened);
  return kindOfAccount(account) === 'auditor' ? readsOf(scopes) : scopes;
}

function kindOfAccount({ spec }: Resource): 'admin' | 'auditor' | 'user' {
  const { kind } = spec as { readonly kind?: string };
  return kind === 'admin' || kind === 'auditor' ? kind : 'user';
}
