import type { Resource } from './resource.js';
import { type Scopes, scopesIn } from './scopes.js';

/** What says of a key or a login whether it opens anything; fields may be missing in rows of earlier releases. */
interface Standing {
  readonly desiredState?: string;
  readonly expires?: number | null;
  readonly scopes?: unknown;
}

/** Whether a key or a login opens anything at this moment, for whoever has its secret. */
export function opens(credential: Resource | undefined, now: number): credential is Resource {
  if (credential?.removed !== null || credential.deleteRequestedAt !== null) return false;
  const { desiredState, expires } = credential.spec as Standing;
  return desiredState === 'active' && !(typeof expires === 'number' && now >= expires);
}

/** What a key or a login opens of what its account may do; undefined for all of it. */
export function scopesOf(credential: Resource): Scopes | undefined {
  return scopesIn((credential.spec as Standing).scopes);
}

/** Whether an account's requests are answered. */
export function isServed(account: Resource | undefined): account is Resource {
  return account?.removed === null && account.deleteRequestedAt === null;
}
