import type { ResourceUuid } from '@gdcloud/core';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { UnwellServers } from '../program/compile-program.js';
import type { ElementSets } from '../program/element-sets.js';
import { wordsOf } from '../program/family-words.js';
import { liveKey, serviceKey, targetText } from '../program/translation-elements.js';

/**
 * Which backends a firewall keeps connections from because they were unwell: what a new agent starts from, so that
 * nothing changes by its coming. Those that it doesn't carry yet count as well.
 */
export function carriedUnwell(
  { balancers }: ApplianceDocument,
  carried: ElementSets,
): UnwellServers {
  const unwell = new Map<ResourceUuid, ReadonlySet<ResourceUuid>>();
  for (const balancer of balancers) {
    if (balancer.check === null) continue;
    const { digit } = wordsOf(balancer.publicAddress);
    const service = `${serviceKey(balancer)} . `;
    const chosen = new Set(
      [...(carried.get(`buckets${digit}`) ?? [])].flatMap(([key, target]) =>
        key.startsWith(service) ? [target] : [],
      ),
    );
    const live = carried.get(`live${digit}_${balancer.protocol}`);
    const left = balancer.backends.filter(
      (backend) =>
        backend.weight > 0 &&
        live?.has(liveKey(balancer, backend)) === true &&
        !chosen.has(targetText(balancer, backend)),
    );
    if (left.length > 0) unwell.set(balancer.uuid, new Set(left.map(({ server }) => server)));
  }
  return unwell;
}
