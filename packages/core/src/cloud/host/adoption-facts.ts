import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { AdoptableServer } from '../../ports/drivers/compute.js';
import { account } from '../account/account.js';
import { image } from '../image/image.js';
import { network } from '../network/network.js';
import { offering } from '../offering/offering.js';
import type { AdoptionWish } from './adoption-wish.js';
import type { AdoptionFacts } from './assess-adoption.js';

/** Looks resources up, whoever's they are: as a pass does. */
export interface Lookups {
  find<R extends ResourceType>(type: R, id: string | null): Promise<Resource<R> | undefined>;
  all<R extends ResourceType>(type: R): Promise<readonly Resource<R>[]>;
}

/** Finds what an adoption depends on. */
export async function adoptionFacts(
  rows: Lookups,
  host: string,
  wish: AdoptionWish,
  server: AdoptableServer | undefined,
): Promise<AdoptionFacts> {
  const [owner, joined, offerings, images] = await Promise.all([
    rows.find(account, wish.accountId),
    rows.find(network, wish.networkId),
    rows.all(offering),
    rows.all(image),
  ]);
  return { host, server, account: owner, network: joined, offerings, images };
}
