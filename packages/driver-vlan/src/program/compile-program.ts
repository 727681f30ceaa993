import { createHash } from 'node:crypto';
import type { ResourceUuid } from '@gdcloud/core';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import { netmask } from '../plan/ipv4.js';
import {
  applianceMacAddress,
  type MacAddress,
  namespaceName,
  TENANT_DEVICE,
  tunnelDevice,
} from '../plan/plan-names.js';
import { leaseElements, networkElements, publicAddressElements } from './address-elements.js';
import type { ElementGroup } from './element-sets.js';
import { FIREWALL_PROGRAM } from './firewall-program.js';
import { httpProxyOf } from './http-proxy.js';
import { namespaceSettings } from './namespace-settings.js';
import type { NameService, NetworkProgram, TenantLink, Tunnel } from './network-program.js';
import { destinationElements, sourceElements, visitorElements } from './rule-elements.js';
import { balancerElements, forwardElements } from './translation-elements.js';
import { defaultRoutes, uplinkLinks } from './uplink-links.js';

/** The servers that fail the checks of a balancer, by balancer. */
export type UnwellServers = ReadonlyMap<ResourceUuid, ReadonlySet<ResourceUuid>>;

/** No balancer has an unwell server, as far as anybody knows. */
export const ALL_WELL: UnwellServers = new Map();

const NOBODY: ReadonlySet<ResourceUuid> = new Set();
const PROGRAM_TEXT = FIREWALL_PROGRAM.join('\n');
const BITS_PER_MBIT = 1_000_000;

const compiled = new WeakMap<ApplianceDocument, NetworkProgram>();

/**
 * Turns a document into what must be there, but for servers that are unwell: these get no new connections. Pure and
 * deterministic; what was made of the same elements before is found again.
 */
export function compileProgram(
  document: ApplianceDocument,
  unwell: UnwellServers = ALL_WELL,
): NetworkProgram {
  if (unwell.size > 0) return compileAnew(document, unwell);
  const known = compiled.get(document);
  if (known !== undefined) return known;
  const program = compileAnew(document, unwell);
  compiled.set(document, program);
  return program;
}

function compileAnew(document: ApplianceDocument, unwell: UnwellServers): NetworkProgram {
  const gatewayMac = gatewayMacAddress(document.network);
  const rateLimit = document.rateLimitMbit === null ? null : document.rateLimitMbit * BITS_PER_MBIT;
  const program = {
    namespace: namespaceName(document.network),
    tenant: tenantLink(document, gatewayMac, rateLimit),
    uplinks: uplinkLinks(document.network, document.publicAddresses, rateLimit),
    defaultRoutes: defaultRoutes(document),
    settings: namespaceSettings(document),
    names: nameService(document),
    tunnel: tunnelOf(document),
    proxy: httpProxyOf(document),
  };
  const elements = elementGroups(document, gatewayMac, unwell);
  const text = JSON.stringify(program);
  const mark = markOf(text, elements);
  const documentMark =
    unwell.size === 0 ? mark : markOf(text, elementGroups(document, gatewayMac, ALL_WELL));
  return { ...program, elements, mark, documentMark };
}

/** The address of the servers' gateway: the same on every appliance, so that servers need not learn a new one. */
export function gatewayMacAddress(network: ResourceUuid): MacAddress {
  return applianceMacAddress(`gateway/${network}`);
}

// In the order of their parts' names, by which two programs are walked through together.
function elementGroups(
  document: ApplianceDocument,
  gatewayMac: MacAddress,
  unwell: UnwellServers,
): readonly ElementGroup[] {
  return [
    ...document.publicAddresses.map(publicAddressElements),
    ...document.balancers.map((balancer) =>
      balancerElements(balancer, unwell.get(balancer.uuid) ?? NOBODY),
    ),
    ...document.forwards.map(forwardElements),
    ...document.leases.map(leaseElements),
    networkElements(document, gatewayMac),
    destinationElements(document),
    ...sourceElements(document.rules, document.publicAddresses),
    visitorElements(document),
  ];
}

function tenantLink(
  { segment, range, gateway, ipv6 }: ApplianceDocument,
  macAddress: MacAddress,
  rateLimit: number | null,
): TenantLink {
  return {
    device: TENANT_DEVICE,
    macAddress,
    addresses: [
      `${gateway}/${range.prefixLength}`,
      ...(ipv6 === null ? [] : [`${ipv6.gateway}/64`]),
    ],
    rateLimit,
    segment,
  };
}

function nameService(document: ApplianceDocument): NameService {
  const { domain, gateway, range, ipv6, publicAddresses, leases } = document;
  // Who is reached from outside answers by it, too.
  const leadsOut = publicAddresses.some(({ family }) => family === 'ipv6');
  return {
    domain,
    gateway,
    netmask: netmask(range.prefixLength),
    network: range.first,
    ipv6: ipv6 === null ? null : { cidr: ipv6.cidr, gateway: ipv6.gateway, leadsOut },
    leases: leases.map(({ uuid, macAddress, ipv4Address, ipv6Address, hostname }) => ({
      uuid,
      macAddress,
      address: ipv4Address,
      ipv6Address,
      hostname,
    })),
  };
}

function tunnelOf({ network, vpn }: ApplianceDocument): Tunnel | null {
  if (vpn === null) return null;
  return {
    device: tunnelDevice(network),
    listenPort: vpn.listenPort,
    privateKey: vpn.privateKey,
    address: vpn.ipv4Address,
    peers: vpn.peers.map(({ publicKey, presharedKey, allowedCidrs, endpoint }) => ({
      publicKey,
      presharedKey,
      allowedCidrs,
      endpoint,
    })),
  };
}

// Groups bring their hashes along: of ten thousand, one number each is left to go through.
function markOf(program: string, elements: readonly ElementGroup[]): number {
  const digest = createHash('sha256')
    .update(PROGRAM_TEXT)
    .update(program)
    .update(Float64Array.from(elements, ({ hash }) => hash))
    .digest();
  // 0 is what an appliance has that has loaded nothing.
  return digest.readUInt32BE(0) || digest.readUInt32BE(4) || 1;
}
