import type { ResourceUuid } from '@gdcloud/core';
import type {
  BackendElement,
  BalancerElement,
  ForwardElement,
} from '../plan/appliance-elements.js';
import { balancerBuckets } from './balancer-buckets.js';
import type { ElementGroup, SetElement } from './element-sets.js';
import { portsText } from './rule-regions.js';

const madeOfForwards = new WeakMap<ForwardElement, ElementGroup>();
const madeOfBalancers = new WeakMap<BalancerElement, { unwell: string; group: ElementGroup }>();

/** The elements of a forward: the same group as before for the same element. */
export function forwardElements(forward: ForwardElement): ElementGroup {
  const made = madeOfForwards.get(forward);
  if (made !== undefined) return made;
  const group = { part: `forward ${forward.uuid}`, elements: ofForward(forward) };
  madeOfForwards.set(forward, group);
  return group;
}

/**
 * The elements of a balancer: the same group as before for the same element and the same unwell ones of its servers.
 * A server that drains or is unwell gets no new connection, but keeps those it has.
 */
export function balancerElements(
  balancer: BalancerElement,
  unwell: ReadonlySet<ResourceUuid>,
): ElementGroup {
  const well = balancer.backends.filter(({ server }) => !unwell.has(server));
  const sick =
    well.length === balancer.backends.length
      ? ''
      : balancer.backends
          .filter(({ server }) => unwell.has(server))
          .map(({ server }) => server)
          .join();
  const made = madeOfBalancers.get(balancer);
  if (made?.unwell === sick) return made.group;
  const group = { part: `balancer ${balancer.uuid}`, elements: ofBalancer(balancer, well) };
  madeOfBalancers.set(balancer, { unwell: sick, group });
  return group;
}

function ofForward(forward: ForwardElement): readonly SetElement[] {
  const { protocol, publicAddress, publicStartPort, publicEndPort, privateAddress } = forward;
  const shift = forward.privateStartPort - publicStartPort;
  if (publicEndPort > publicStartPort && shift === 0) {
    // A range that keeps its ports is one element however long it is: nft can't add to a port.
    const ports = portsText({ start: publicStartPort, end: publicEndPort });
    return [
      { set: `ranges_${protocol}`, key: `${publicAddress} . ${ports}`, value: privateAddress },
      {
        set: `live_ranges_${protocol}`,
        key: `${publicAddress} . ${ports} . ${privateAddress} . ${ports}`,
        value: '',
      },
    ];
  }
  const elements: SetElement[] = [];
  for (let port: number = publicStartPort; port <= publicEndPort; port += 1) {
    const target = `${privateAddress} . ${port + shift}`;
    elements.push(
      { set: 'forwards', key: `${publicAddress} . ${protocol} . ${port}`, value: target },
      { set: `live_${protocol}`, key: `${publicAddress} . ${port} . ${target}`, value: '' },
    );
  }
  return elements;
}

function ofBalancer(
  { protocol, publicAddress, publicPort, privatePort, algorithm, backends }: BalancerElement,
  well: readonly BackendElement[],
): readonly SetElement[] {
  const service = `${publicAddress} . ${protocol} . ${publicPort}`;
  const target = ({ privateAddress }: BackendElement): string =>
    `${privateAddress} . ${privatePort}`;
  const buckets = balancerBuckets(well, algorithm === 'source' ? 'settle' : 'spread');
  return [
    { set: 'balanced', key: service, value: '' },
    ...(algorithm === 'source' ? [{ set: 'sticky', key: service, value: '' }] : []),
    ...buckets.map((backend, bucket) => ({
      set: 'buckets',
      key: `${service} . ${markText(bucket)}`,
      value: target(backend),
    })),
    ...backends.map((backend) => ({
      set: `live_${protocol}`,
      key: `${publicAddress} . ${publicPort} . ${target(backend)}`,
      value: '',
    })),
  ];
}

/** A mark as nft writes it. */
export function markText(mark: number): string {
  return `0x${mark.toString(16).padStart(8, '0')}`;
}
