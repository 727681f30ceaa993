import type { ResourceUuid } from '@gdcloud/core';
import type {
  BackendElement,
  BalancerElement,
  ForwardElement,
} from '../plan/appliance-elements.js';
import { balancerBuckets } from './balancer-buckets.js';
import { type ElementGroup, element, type SetElement } from './element-sets.js';
import { wordsOf } from './family-words.js';
import { elementGroup } from './group-hash.js';
import { portsText } from './rule-regions.js';

const madeOfForwards = new WeakMap<ForwardElement, ElementGroup>();
/** With all well, and with those last unwell. */
const madeOfBalancers = new WeakMap<BalancerElement, Map<'well' | 'unwell', MadeOfBalancer>>();

const madeOfProxied = new WeakMap<BalancerElement, ElementGroup>();

interface MadeOfBalancer {
  readonly unwell: string;
  readonly group: ElementGroup;
}

/** The elements of a forward: the same group as before for the same element. */
export function forwardElements(forward: ForwardElement): ElementGroup {
  const made = madeOfForwards.get(forward);
  if (made !== undefined) return made;
  const group = elementGroup(`forward ${forward.uuid}`, ofForward(forward));
  madeOfForwards.set(forward, group);
  return group;
}

/**
 * The elements of a balancer: the same group as before for the same element and the same unwell ones of its servers.
 * A server that drains or is unwell gets no new connection, but keeps those it has. Where all that don't drain are unwell,
 * all stay: checks that fail everywhere are more likely to be wrong than a service to be better off without servers.
 */
export function balancerElements(
  balancer: BalancerElement,
  unwell: ReadonlySet<ResourceUuid>,
): ElementGroup {
  // Its proxy knows by itself who is unwell.
  if (balancer.proxy !== undefined) return proxiedElements(balancer);
  const well = wellBackends(balancer, unwell);
  const sick =
    well.length === balancer.backends.length
      ? ''
      : balancer.backends
          .filter(({ server }) => unwell.has(server))
          .map(({ server }) => server)
          .join();
  const known = madeOfBalancers.get(balancer) ?? new Map<'well' | 'unwell', MadeOfBalancer>();
  const made = known.get(sick === '' ? 'well' : 'unwell');
  if (made?.unwell === sick) return made.group;
  const group = elementGroup(`balancer ${balancer.uuid}`, ofBalancer(balancer, well));
  madeOfBalancers.set(
    balancer,
    known.set(sick === '' ? 'well' : 'unwell', { unwell: sick, group }),
  );
  return group;
}

function proxiedElements(balancer: BalancerElement): ElementGroup {
  const made = madeOfProxied.get(balancer);
  if (made !== undefined) return made;
  const { uuid, publicAddress, publicPort } = balancer;
  const { digit } = wordsOf(publicAddress);
  const key = `${publicAddress} . ${publicPort}`;
  const group = elementGroup(`balancer ${uuid}`, [
    element(`proxied${digit}`, key),
    element(`proxied${digit}_answers`, key),
  ]);
  madeOfProxied.set(balancer, group);
  return group;
}

function wellBackends(
  { backends }: BalancerElement,
  unwell: ReadonlySet<ResourceUuid>,
): readonly BackendElement[] {
  const well = backends.filter(({ server }) => !unwell.has(server));
  return well.some(({ weight }) => weight > 0) ? well : backends;
}

/** A balancer's public address and port, as elements name it. */
export function serviceKey({ publicAddress, protocol, publicPort }: BalancerElement): string {
  return `${publicAddress} . ${protocol} . ${publicPort}`;
}

/** A backend's address and port, as elements name it. */
export function targetText(
  { privatePort }: BalancerElement,
  { privateAddress }: BackendElement,
): string {
  return `${privateAddress} . ${privatePort}`;
}

/** The key of the element that lets a balancer's flows to a backend pass. */
export function liveKey(balancer: BalancerElement, backend: BackendElement): string {
  return `${balancer.publicAddress} . ${balancer.publicPort} . ${targetText(balancer, backend)}`;
}

function ofForward(forward: ForwardElement): readonly SetElement[] {
  const { protocol, publicAddress, publicStartPort, publicEndPort, privateAddress } = forward;
  const { digit } = wordsOf(publicAddress);
  const shift = forward.privateStartPort - publicStartPort;
  if (publicEndPort > publicStartPort && shift === 0) {
    // A range that keeps its ports is one element however long it is: nft can't add to a port.
    const ports = portsText({ start: publicStartPort, end: publicEndPort });
    return [
      {
        set: `ranges${digit}_${protocol}`,
        key: `${publicAddress} . ${ports}`,
        value: privateAddress,
      },
      {
        set: `live${digit}_ranges_${protocol}`,
        key: `${publicAddress} . ${ports} . ${privateAddress} . ${ports}`,
        value: '',
      },
    ];
  }
  const [forwards, live] = [`forwards${digit}`, `live${digit}_${protocol}`];
  const elements: SetElement[] = [];
  for (let port: number = publicStartPort; port <= publicEndPort; port += 1) {
    const target = `${privateAddress} . ${port + shift}`;
    elements.push(
      { set: forwards, key: `${publicAddress} . ${protocol} . ${port}`, value: target },
      { set: live, key: `${publicAddress} . ${port} . ${target}`, value: '' },
    );
  }
  return elements;
}

function ofBalancer(
  balancer: BalancerElement,
  well: readonly BackendElement[],
): readonly SetElement[] {
  const { protocol, algorithm, backends } = balancer;
  const service = serviceKey(balancer);
  const { digit } = wordsOf(balancer.publicAddress);
  const buckets = balancerBuckets(well, algorithm === 'source' ? 'settle' : 'spread');
  return [
    { set: `balanced${digit}`, key: service, value: '' },
    ...(algorithm === 'source' ? [{ set: `sticky${digit}`, key: service, value: '' }] : []),
    ...buckets.map((backend, bucket) => ({
      set: `buckets${digit}`,
      key: `${service} . ${markText(bucket)}`,
      value: targetText(balancer, backend),
    })),
    ...backends.map((backend) => ({
      set: `live${digit}_${protocol}`,
      key: liveKey(balancer, backend),
      value: '',
    })),
  ];
}

/** A mark as nft writes it. */
export function markText(mark: number): string {
  return `0x${mark.toString(16).padStart(8, '0')}`;
}
