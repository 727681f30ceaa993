import type { ApplianceDesired, PhysicalNetwork, ResourceUuid } from '@gdcloud/core';
import type {
  BalancerElement,
  ForwardElement,
  Ipv4PublicAddress,
  Ipv6PublicAddress,
  LeaseElement,
  PublicAddressElement,
  RuleElement,
  VpnElement,
} from './appliance-elements.js';
import { type DomainName, parseDomainName } from './domain-name.js';
import { invalidDocument, invalidField } from './invalid-document.js';
import {
  cidrText,
  type Ipv4Address,
  type Ipv4Range,
  parseGateway,
  parseIpv4Range,
} from './ipv4.js';
import { type Ipv6Range, parseIpv6Range } from './ipv6.js';
import { parseBalancer } from './parse-balancer.js';
import { parseElements } from './parse-elements.js';
import { parseForward } from './parse-forward.js';
import { parseLease } from './parse-lease.js';
import { parseOutsideAddress } from './parse-public-address.js';
import { parseRule } from './parse-rule.js';
import { parseVpn } from './parse-vpn.js';
import { refusePortsTakenTwice } from './port-claims.js';
import { parseSegment, type SegmentPort } from './segment-port.js';
import type { Surroundings } from './surroundings.js';

/** A network's document after validation: the only form from which plan text is made. */
export interface ApplianceDocument {
  readonly network: ResourceUuid;
  readonly revision: number;
  readonly segment: SegmentPort;
  readonly range: Ipv4Range;
  readonly gateway: Ipv4Address;
  readonly ipv6: Ipv6Range | null;
  readonly domain: DomainName;
  readonly rateLimitMbit: number | null;
  readonly publicAddresses: readonly PublicAddressElement[];
  readonly outgoing: Ipv4PublicAddress | null;
  /** What servers are seen by over IPv6; where their range is a routed one, by their own addresses, and this is the way. */
  readonly outgoingIpv6: Ipv6PublicAddress | null;
  readonly forwards: readonly ForwardElement[];
  readonly balancers: readonly BalancerElement[];
  readonly rules: readonly RuleElement[];
  readonly leases: readonly LeaseElement[];
  readonly vpn: VpnElement | null;
}

/**
 * Validates a document field by field. The network's name is not taken over: it is free text, and no plan needs it.
 * With the document of `before`, what is the same as there is not read again. Throws a DriverFailure `invalid`.
 */
export function parseAppliance(
  network: ResourceUuid,
  desired: ApplianceDesired,
  physicalNetworks: readonly PhysicalNetwork[],
  before?: ApplianceDocument,
): ApplianceDocument {
  if (!Number.isSafeInteger(desired.revision) || desired.revision < 0) {
    throw invalidField('InvalidRevision', 'revision', 'a revision is a whole number from 0');
  }
  const range = parseIpv4Range(desired.ipv4Cidr, 'ipv4Cidr');
  const gateway = parseGateway(desired.gatewayIpv4Address, range, 'gatewayIpv4Address');
  const ipv6 = desired.ipv6Cidr === null ? null : parseIpv6Range(desired.ipv6Cidr, 'ipv6Cidr');
  const publicAddresses = parseElements('publicAddresses', desired.publicAddresses, [], (sent) =>
    parseOutsideAddress(sent, range, ipv6),
  );
  refuseTwice('publicAddresses', 'address', publicAddresses, ({ address }) => address);
  const around = {
    range,
    gateway,
    ipv6,
    publicAddresses: new Set<string>(publicAddresses.map(({ address }) => address)),
  };
  // An element is valid among certain surroundings only.
  const kept = before !== undefined && sameSurroundings(before, around) ? before : undefined;
  const document: ApplianceDocument = {
    network,
    revision: desired.revision,
    segment: parseSegment(desired.segment, physicalNetworks),
    range,
    gateway,
    ipv6,
    domain: parseDomainName(desired.domain, 'domain'),
    rateLimitMbit: parseRate(desired.rateLimitMbit),
    publicAddresses,
    outgoing: parseOutgoing(
      desired.outgoingAddress,
      publicAddresses.filter((address) => address.family === 'ipv4'),
      'outgoingAddress',
    ),
    outgoingIpv6: parseOutgoing(
      desired.outgoingIpv6Address ?? null,
      publicAddresses.filter((address) => address.family === 'ipv6'),
      'outgoingIpv6Address',
    ),
    forwards: parseElements('forwards', desired.forwards, kept?.forwards ?? [], (sent) =>
      parseForward(sent, around),
    ),
    balancers: parseElements('balancers', desired.balancers, kept?.balancers ?? [], (sent) =>
      parseBalancer(sent, around),
    ),
    rules: parseElements('rules', desired.rules, kept?.rules ?? [], (sent) =>
      parseRule(sent, around),
    ),
    leases: parseElements('leases', desired.leases, kept?.leases ?? [], (sent) =>
      parseLease(sent, around),
    ),
    vpn:
      desired.vpn === null
        ? null
        : (parseElements('vpn', [desired.vpn], [], (sent) =>
            parseVpn(sent, range, publicAddresses),
          )[0] ?? null),
  };
  refuseTwice('leases', 'macAddress', document.leases, ({ macAddress }) => macAddress);
  refuseTwice('leases', 'ipv4Address', document.leases, ({ ipv4Address }) => ipv4Address);
  refuseTwice('leases', 'ipv6Address', document.leases, ({ ipv6Address }) => ipv6Address);
  refuseTwice('leases', 'hostname', document.leases, ({ hostname }) => hostname);
  refusePortsTakenTwice(document.forwards, document.balancers, document.vpn);
  return document;
}

function parseRate(mbit: number | null): number | null {
  if (mbit !== null && (!Number.isInteger(mbit) || mbit < 1 || mbit > 1_000_000)) {
    throw invalidField('InvalidRate', 'rateLimitMbit', 'a rate is 1 to 1000000 Mbit/s');
  }
  return mbit;
}

function parseOutgoing<Element extends PublicAddressElement>(
  text: string | null,
  publicAddresses: readonly Element[],
  field: string,
): Element | null {
  if (text === null) return null;
  const found = publicAddresses.find(({ address }) => address === text);
  if (found === undefined) {
    throw invalidField(
      'UnknownAddress',
      field,
      "it is one of the network's public addresses of that version",
    );
  }
  return found;
}

function refuseTwice<Element extends { readonly uuid: ResourceUuid }>(
  list: string,
  field: string,
  elements: readonly Element[],
  read: (element: Element) => string | null,
): void {
  const seen = new Set<string>();
  for (const element of elements) {
    const value = read(element);
    if (value === null) continue;
    if (seen.has(value)) {
      throw invalidDocument(
        'DuplicateValue',
        `${list} ${element.uuid}: ${field}: another of them has it already`,
      );
    }
    seen.add(value);
  }
}

function sameSurroundings(before: ApplianceDocument, around: Surroundings): boolean {
  const addresses = before.publicAddresses;
  return (
    cidrText(before.range) === cidrText(around.range) &&
    before.gateway === around.gateway &&
    before.ipv6?.cidr === around.ipv6?.cidr &&
    addresses.length === around.publicAddresses.size &&
    addresses.every(({ address }) => around.publicAddresses.has(address))
  );
}
