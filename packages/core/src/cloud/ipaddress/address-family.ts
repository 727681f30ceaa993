import type { Resource } from '../../model/resource.js';
import type { Store } from '../../ports/store.js';
import { addresspool } from '../addresspool/addresspool.js';
import { liveRow } from '../live-row.js';
import { type Family, familyOf } from '../network/family.js';
import type { ipaddress } from './ipaddress.js';

type Address = Resource<typeof ipaddress>;

/** What an address says of its version before anybody looks at pools; undefined where only its pool tells. */
export function askedFamily({
  family,
  wantedAddress,
  addresspoolId,
}: Pick<Address['spec'], 'family' | 'wantedAddress' | 'addresspoolId'>): Family | undefined {
  if (wantedAddress !== null) return familyOf(wantedAddress);
  return family ?? (addresspoolId === null ? 'ipv4' : undefined);
}

/** The version of an address, which it has or will get. Undefined where its pool is gone before it gave any. */
export async function addressFamily(
  store: Pick<Store, 'find'>,
  { spec, status }: Pick<Address, 'spec' | 'status'>,
): Promise<Family | undefined> {
  if (typeof status.address === 'string') return familyOf(status.address);
  const asked = askedFamily(spec);
  if (asked !== undefined) return asked;
  const pool = await liveRow(store, addresspool, spec.addresspoolId);
  return pool === undefined ? undefined : familyOf(pool.spec.cidr);
}
