import type { DriverCall } from '@gdcloud/core';
import { type ApiVersion, isSince } from '../client/api-version.js';
import type { DriverContext } from './context.js';

/** What not all pools can do. */
type Feature = 'operation-keys' | 'domain-types' | 'source-filters';

/** Since which version of the API they can. */
const SINCE: Readonly<Record<Feature, ApiVersion>> = {
  /** XenServer 6.1: a task keeps the headers of the call that began it. */
  'operation-keys': { major: 1, minor: 10 },
  /** XenServer 6.1: a card's `locking_mode`. Earlier pools leave it out of a new card without a word. */
  'source-filters': { major: 1, minor: 10 },
  /** XenServer 7.5: a VM's `domain_type`. */
  'domain-types': { major: 2, minor: 10 },
};

/**
 * Whether the pool can do something, by what its master said at the last login: a pool is never upgraded without one. One
 * that did not say counts as today's. Costs no call of its own.
 */
export async function can(
  { xapi }: Pick<DriverContext, 'xapi'>,
  feature: Feature,
  call: Pick<DriverCall, 'signal'>,
): Promise<boolean> {
  const version = await xapi.apiVersion(call);
  return version === undefined || isSince(version, SINCE[feature]);
}
