import type { Resource } from '../../model/resource.js';
import type { OpenSealed } from '../../model/sealed-fields.js';
import type {
  ApplianceDesired,
  BackendCheck,
  HttpProxying,
  LoadBalancer,
  PortForward,
  PublicAddress,
  ServerLease,
  SourceRule,
} from '../../ports/drivers/appliance.js';
import type { Segment } from '../../ports/drivers/network.js';
import type { ipaddress } from '../ipaddress/ipaddress.js';
import type { loadbalancer } from '../loadbalancer/loadbalancer.js';
import type { networkrule } from '../networkrule/networkrule.js';
import { forwardedPorts } from '../portforward/forwarded-ports.js';
import type { portforward } from '../portforward/portforward.js';
import { leaseOf } from '../virtualmachine/lease.js';
import type { virtualmachine } from '../virtualmachine/virtualmachine.js';
import type { Conflicts } from './conflicts.js';
import { type Family, familyOf } from './family.js';
import { gatewayOf } from './ipv4-range.js';
import { serverIpv6Address } from './ipv6-range.js';
import type { network } from './network.js';
import type { NetworkChildren } from './network-children.js';
import { type PortClaim, portConflicts } from './port-conflicts.js';
import { type GatheredGateway, gatherGateway } from './vpn-gateway.js';

/** What a network's appliance is to be like, but for the number of this revision, and what has no place in it. */
export interface Gathered {
  readonly document: Omit<ApplianceDesired, 'revision'>;
  readonly conflicts: Conflicts;
}

/** What elements of a document refer to, by friendly id. */
interface Within {
  readonly addresses: ReadonlyMap<string, PublicAddress>;
  readonly leases: ReadonlyMap<string, ServerLease>;
  /** Opens the keys among them. */
  readonly open: OpenSealed;
}

/**
 * Gathers a network's document from its row and all that names it. What is being removed is not in it, nor what is still
 * waiting for an address or a server, nor what an older one is in the way of. Throws what `open` throws.
 */
export function gatherDocument(
  of: Resource<typeof network>,
  segment: Segment,
  children: NetworkChildren,
  open: OpenSealed,
): Gathered {
  const { spec } = of;
  const answered = children.addresses.filter((each) => isIn(of, each));
  const within: Within = {
    addresses: byId(answered, publicAddress),
    leases: byId(children.servers, (row) => leaseIn(of, row)),
    open,
  };
  const forwards = live(children.forwards).flatMap((row) => present(row, forward(row, within)));
  const balancers = live(children.balancers).flatMap((row) => present(row, balancer(row, within)));
  const gateways = live(children.gateways);
  const vpn = gatherGateway(gateways, live(children.clients), within.addresses, open);
  const portsLeftOut = portConflicts([
    ...forwards.map(forwardClaim),
    ...balancers.map(balancerClaim),
    ...gatewayClaims(vpn),
  ]);
  const conflicts = new Map([...vpn.conflicts, ...portsLeftOut]);
  const isLeftOut = ({ uuid }: { readonly uuid: Resource['uuid'] }): boolean => conflicts.has(uuid);
  const document = {
    name: of.name ?? `network ${of.id}`,
    segment,
    ipv4Cidr: spec.ipv4Cidr,
    gatewayIpv4Address: gatewayOf(spec.ipv4Cidr),
    ipv6Cidr: spec.ipv6Cidr ?? null,
    domain: spec.domain,
    rateLimitMbit: spec.rateLimitMbit ?? null,
    publicAddresses: [...within.addresses.values()],
    outgoingAddress: outgoingAddress('ipv4', spec.outgoingAddressId, answered),
    // Said only where it means anything, so that the documents of other networks stay what they were.
    ...(typeof spec.ipv6Cidr === 'string'
      ? { outgoingIpv6Address: outgoingAddress('ipv6', spec.outgoingIpv6AddressId, answered) }
      : {}),
    forwards: forwards.map(({ element }) => element).filter((each) => !isLeftOut(each)),
    balancers: balancers.map(({ element }) => element).filter((each) => !isLeftOut(each)),
    rules: live(children.rules).flatMap((row) => rule(row, within) ?? []),
    leases: [...within.leases.values()],
    vpn: vpn.gateway !== null && isLeftOut(vpn.gateway) ? null : vpn.gateway,
  };
  return { document, conflicts };
}

// The address says which network may answer for it, and until when.
function isIn(of: Resource<typeof network>, { deleteRequestedAt, status }: Address): boolean {
  return deleteRequestedAt === null && status.heldById === of.id;
}

type Address = Resource<typeof ipaddress>;

function publicAddress({ uuid, generation, status }: Address): PublicAddress | undefined {
  const { address, prefixLength, gatewayAddress: gateway, uplink } = status;
  return typeof address === 'string' &&
    typeof prefixLength === 'number' &&
    typeof gateway === 'string' &&
    typeof uplink === 'string'
    ? { uuid, generation, address, prefixLength, gateway, uplink }
    : undefined;
}

function leaseIn(
  { spec }: Resource<typeof network>,
  row: Resource<typeof virtualmachine>,
): ServerLease | undefined {
  const lease = leaseOf(row);
  return lease === undefined || typeof spec.ipv6Cidr !== 'string'
    ? lease
    : { ...lease, ipv6Address: serverIpv6Address(spec.ipv6Cidr, lease.macAddress) };
}

/** The address that a server is reached at over a version of IP; undefined where it has none. */
function addressOf(lease: ServerLease | undefined, family: Family): string | undefined {
  return (family === 'ipv4' ? lease?.ipv4Address : lease?.ipv6Address) ?? undefined;
}

function outgoingAddress(
  family: Family,
  chosen: string | null | undefined,
  addresses: readonly Address[],
): string | null {
  const possible = addresses
    .filter(
      ({ status: { address } }) => typeof address === 'string' && familyOf(address) === family,
    )
    .toSorted((left, right) => left.created - right.created || (left.uuid < right.uuid ? -1 : 1));
  const found = possible.find(({ id }) => id === chosen) ?? possible[0];
  return found?.status.address ?? null;
}

function forward(
  { uuid, generation, spec }: Resource<typeof portforward>,
  { addresses, leases }: Within,
): PortForward | undefined {
  const publicAddress = addresses.get(spec.ipaddressId)?.address;
  if (publicAddress === undefined) return undefined;
  const privateAddress = addressOf(leases.get(spec.virtualmachineId), familyOf(publicAddress));
  if (privateAddress === undefined) return undefined;
  const { protocol } = spec;
  const ports = forwardedPorts(spec);
  return { uuid, generation, protocol, publicAddress, privateAddress, ...ports };
}

function forwardClaim({ row, element }: Present<PortForward>): PortClaim {
  const { publicAddress: address, protocol, publicStartPort, publicEndPort } = element;
  return { by: row, address, protocol, first: publicStartPort, last: publicEndPort };
}

function balancer(
  row: Resource<typeof loadbalancer>,
  { addresses, leases, open }: Within,
): LoadBalancer | undefined {
  const { uuid, generation, spec } = row;
  const publicAddress = addresses.get(spec.ipaddressId)?.address;
  if (publicAddress === undefined) return undefined;
  const { protocol, publicPort, privatePort, algorithm, weights } = spec;
  const backends = spec.virtualmachineIds
    .flatMap((id) => {
      const lease = leases.get(id);
      const privateAddress = addressOf(lease, familyOf(publicAddress));
      return lease === undefined || privateAddress === undefined
        ? []
        : [{ server: lease.uuid, privateAddress, weight: weights[id] ?? 1 }];
    })
    .toSorted((left, right) => (left.server < right.server ? -1 : 1));
  const check = checkOf(spec);
  const ports = { protocol, publicAddress, publicPort, privatePort };
  const proxy = proxyingOf(row, open);
  return { uuid, generation, ...ports, algorithm, ...(proxy && { proxy }), check, backends };
}

// What is asked was refused without a certificate and its key.
function proxyingOf(
  row: Resource<typeof loadbalancer>,
  open: OpenSealed,
): HttpProxying | undefined {
  const { mode, certificate } = row.spec;
  switch (mode) {
    case 'passthrough':
      return undefined;
    case 'http':
      return { scheme: 'http' };
    case 'https':
      return {
        scheme: 'https',
        certificate: certificate ?? '',
        privateKey: open(row, 'privateKey') ?? '',
      };
  }
}

function checkOf(spec: Resource<typeof loadbalancer>['spec']): BackendCheck | null {
  const { healthCheck: kind } = spec;
  if (kind === 'none') return null;
  return {
    kind,
    path: kind === 'http' ? spec.healthCheckPath : null,
    intervalMs: spec.healthCheckIntervalMs,
    timeoutMs: spec.healthCheckTimeoutMs,
    rise: spec.healthCheckRise,
    fall: spec.healthCheckFall,
  };
}

function balancerClaim({ row, element }: Present<LoadBalancer>): PortClaim {
  const { publicAddress: address, protocol, publicPort } = element;
  return { by: row, address, protocol, first: publicPort, last: publicPort };
}

function gatewayClaims({ gateway, row }: GatheredGateway): readonly PortClaim[] {
  if (gateway === null || row === undefined) return [];
  const { publicAddress: address, listenPort: port } = gateway;
  return [{ by: row, address, protocol: 'udp', first: port, last: port }];
}

function rule(
  { uuid, generation, spec }: Resource<typeof networkrule>,
  within: Within,
): SourceRule | undefined {
  const publicAddress = ruledAddress(spec, within);
  if (publicAddress === undefined) return undefined;
  // Of days when it was not refused.
  if (publicAddress !== null && familyOf(publicAddress) !== familyOf(spec.sourceCidr))
    return undefined;
  const { direction, action, protocol, sourceCidr: cidr, startPort } = spec;
  const endPort = spec.endPort ?? startPort;
  return { uuid, generation, direction, action, publicAddress, protocol, cidr, startPort, endPort };
}

// Of a server the one that routers outside know it by. Null: each of them.
function ruledAddress(
  { ipaddressId, virtualmachineId }: Resource<typeof networkrule>['spec'],
  { addresses, leases }: Within,
): string | null | undefined {
  if (typeof virtualmachineId === 'string') return addressOf(leases.get(virtualmachineId), 'ipv6');
  return ipaddressId === null ? null : addresses.get(ipaddressId)?.address;
}

/** An element with the row it comes from. */
interface Present<Element> {
  readonly row: Resource;
  readonly element: Element;
}

function present<Element>(
  row: Resource,
  element: Element | undefined,
): readonly Present<Element>[] {
  return element === undefined ? [] : [{ row, element }];
}

function live<Row extends Resource>(rows: readonly Row[]): readonly Row[] {
  return rows.filter(({ deleteRequestedAt }) => deleteRequestedAt === null);
}

function byId<Row extends Resource, Element>(
  rows: readonly Row[],
  read: (row: Row) => Element | undefined,
): ReadonlyMap<string, Element> {
  const found = new Map<string, Element>();
  for (const row of rows) {
    const element = read(row);
    if (element !== undefined) found.set(row.id, element);
  }
  return found;
}
