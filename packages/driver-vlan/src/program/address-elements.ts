import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { LeaseElement, PublicAddressElement } from '../plan/appliance-elements.js';
import type { IpAddress } from '../plan/ip.js';
import { cidrText, type Ipv4Address } from '../plan/ipv4.js';
import { type Ipv6Address, type Ipv6Range, ipv6Number } from '../plan/ipv6.js';
import { type MacAddress, routingTable } from '../plan/plan-names.js';
import { type ElementGroup, element, type SetElement } from './element-sets.js';
import { wordsOf } from './family-words.js';
import { elementGroup } from './group-hash.js';
import { ND_TARGET, rawText } from './raw-parts.js';
import { markText } from './translation-elements.js';

/** Options of neighbour discovery, type and length (RFC 4861, 4.6.1): by which card who asks, and whose address is meant, is reached. */
const SOURCE_CARD = '0x0101';
const TARGET_CARD = '0x0201';

/** The elements that make an address the network's own. */
export function publicAddressElements(address: PublicAddressElement): ElementGroup {
  const key = address.address;
  const { digit } = wordsOf(key);
  const way = markText(routingTable(address.uplink, address.gateway));
  return elementGroup(`address ${address.uuid}`, [
    element(`addresses${digit}`, key),
    element(`addresses${digit}_in`, key),
    element(`addresses${digit}_out`, key),
    { set: `ways${digit}`, key, value: way },
  ]);
}

/** The elements that keep a server's addresses to its own card. */
export function leaseElements({
  uuid,
  macAddress,
  ipv4Address,
  ipv6Address,
}: LeaseElement): ElementGroup {
  return elementGroup(`lease ${uuid}`, [
    ...bound(macAddress, ipv4Address),
    ...(ipv6Address === null ? [] : boundIpv6(macAddress, ipv6Address)),
  ]);
}

/** The elements of the network itself: its ranges, its gateways, its ways out, its VPN. */
export function networkElements(document: ApplianceDocument, gatewayMac: MacAddress): ElementGroup {
  const { network, range, gateway, ipv6, outgoing, vpn } = document;
  const inside = cidrText(range);
  return elementGroup(`network ${network}`, [
    element('inside', inside),
    element('arp_inside', inside),
    ...bound(gatewayMac, gateway),
    ...(ipv6 === null ? [] : ipv6Elements(document, ipv6, gatewayMac)),
    ...(outgoing === null ? [] : seenBy(inside, outgoing.address)),
    ...(vpn === null
      ? []
      : [
          element(
            `listening${wordsOf(vpn.publicAddress).digit}`,
            `${vpn.publicAddress} . ${vpn.listenPort}`,
          ),
        ]),
  ]);
}

function ipv6Elements(
  { outgoingIpv6 }: ApplianceDocument,
  { cidr, scope, gateway }: Ipv6Range,
  gatewayMac: MacAddress,
): readonly SetElement[] {
  return [
    element('inside6', cidr),
    ...boundIpv6(gatewayMac, gateway),
    ...(scope === 'routed'
      ? ['routed6', 'routed6_in', 'routed6_out'].map((set) => element(set, cidr))
      : outgoingIpv6 === null
        ? []
        : seenBy(cidr, outgoingIpv6.address)),
  ];
}

// What is sent from the range is seen outside as sent by the address.
function seenBy(range: string, address: IpAddress): readonly SetElement[] {
  const { digit } = wordsOf(address);
  return [
    { set: `outgoing${digit}`, key: range, value: address },
    element(`outgoing${digit}_live`, `${range} . ${address}`),
  ];
}

function bound(macAddress: MacAddress, address: Ipv4Address): readonly SetElement[] {
  return [
    element('leased', address),
    element('bindings', `${macAddress} . ${address}`),
    element('arp_leased', address),
    element('arp_bindings', `${macAddress} . ${address}`),
  ];
}

function boundIpv6(macAddress: MacAddress, address: Ipv6Address): readonly SetElement[] {
  const card = `0x${macAddress.replaceAll(':', '')}`;
  const target = rawText(ipv6Number(address), ND_TARGET);
  return [
    element('leased6', address),
    element('bindings6', `${macAddress} . ${address}`),
    element('nd_leased', target),
    element('nd_askers', `${SOURCE_CARD} . ${card} . ${address}`),
    element('nd_answerers', `${TARGET_CARD} . ${card} . ${target}`),
  ];
}
