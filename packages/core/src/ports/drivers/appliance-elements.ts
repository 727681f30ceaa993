import type { ResourceUuid } from '../../model/identity.js';
import type { ApplianceDesired, ApplianceElement } from './appliance.js';

/** The resources that a document speaks of, each with the generation in which it does: what `carried` is answered from. */
export function elementsOf(document: ApplianceDesired): ReadonlyMap<ResourceUuid, number> {
  const { publicAddresses, forwards, balancers, rules, leases, vpn } = document;
  const elements: readonly ApplianceElement[] = [
    ...publicAddresses,
    ...forwards,
    ...balancers,
    ...rules,
    ...leases,
    ...(vpn === null ? [] : [vpn, ...vpn.peers]),
  ];
  return new Map(elements.map(({ uuid, generation }) => [uuid, generation]));
}
