import type { DriverCall } from '@gdcloud/core';
import type { DriverContext } from './context.js';

/** A version of the XenServer API, as hosts state it: 2.10 is XenServer 7.5. */
export interface ApiVersion {
  readonly major: number;
  readonly minor: number;
}

/** The first release whose VMs have a `domain_type`: XenServer 7.5. */
export const DOMAIN_TYPES: ApiVersion = { major: 2, minor: 10 };

/** Whether the pool's master is of `version` or later. */
export async function isApiAtLeast(
  { xapi }: DriverContext,
  { major, minor }: ApiVersion,
  call: DriverCall,
): Promise<boolean> {
  const [pool] = Object.values(await xapi.read('pool.get_all_records', [], call));
  if (pool === undefined) return false;
  const host = await xapi.read('host.get_record', [pool.master], call);
  const { API_version_major: hasMajor, API_version_minor: hasMinor } = host;
  return hasMajor > major || (hasMajor === major && hasMinor >= minor);
}
