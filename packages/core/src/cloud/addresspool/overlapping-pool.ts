import type { ResourceUuid } from '../../model/identity.js';
import { overlap, parseCidr } from '../../model/ip-network.js';
import type { Resource } from '../../model/resource.js';
import type { Store } from '../../ports/store.js';
import { addresspool } from './addresspool.js';

/** The most pools that a new one is compared with. */
const MOST_POOLS = 1_000;

/** A pool whose network has addresses of another network; undefined where there is none but the one left out. */
export async function overlappingPool(
  store: Pick<Store, 'all'>,
  cidr: string,
  except: ResourceUuid | undefined,
): Promise<Resource<typeof addresspool> | undefined> {
  const network = parseCidr(cidr);
  const pools = (await store.all(addresspool, MOST_POOLS)) as readonly Resource<
    typeof addresspool
  >[];
  return pools.find(({ uuid, spec }) => {
    const theirs = parseCidr(spec.cidr);
    return (
      uuid !== except && network !== undefined && theirs !== undefined && overlap(theirs, network)
    );
  });
}
