import type { ApplianceDocument } from '../plan/appliance-document.js';
import type {
  LeaseElement,
  PublicAddressElement,
  RuleElement,
} from '../plan/appliance-elements.js';
import { cidrText } from '../plan/ipv4.js';
import { type MacAddress, routingTable } from '../plan/plan-names.js';
import type { ElementGroup, SetElement } from './element-sets.js';
import { permitted, portsText, ruleRegions, spanText } from './rule-regions.js';
import { markText } from './translation-elements.js';

/** The elements that make an address the network's own. */
export function publicAddressElements(address: PublicAddressElement): ElementGroup {
  const key = address.address;
  const part = `address ${address.uuid}`;
  if (address.family === 'ipv6') {
    return { part, elements: [element('addresses6_in', key), element('addresses6_out', key)] };
  }
  const way = markText(routingTable(address.uplink, address.gateway));
  return {
    part,
    elements: [
      element('addresses', key),
      element('addresses_in', key),
      element('addresses_out', key),
      { set: 'ways', key, value: way },
    ],
  };
}

/** The elements that keep a server's address to its own card. */
export function leaseElements({ uuid, macAddress, ipv4Address }: LeaseElement): ElementGroup {
  return { part: `lease ${uuid}`, elements: bound(macAddress, ipv4Address) };
}

/** The elements of the network itself: its range, its gateway, its way out, its VPN. */
export function networkElements(document: ApplianceDocument, gatewayMac: MacAddress): ElementGroup {
  const { range, gateway, ipv6, outgoing, vpn } = document;
  const inside = cidrText(range);
  return {
    part: 'network',
    elements: [
      element('inside', inside),
      element('arp_inside', inside),
      ...bound(gatewayMac, gateway),
      ...(ipv6 === null ? [] : [element('inside6', ipv6.cidr)]),
      ...(outgoing === null
        ? []
        : [
            { set: 'outgoing', key: inside, value: outgoing.address },
            element('outgoing_live', `${inside} . ${outgoing.address}`),
          ]),
      ...(vpn === null
        ? []
        : [
            element(
              vpn.publicAddress.includes(':') ? 'listening6' : 'listening',
              `${vpn.publicAddress} . ${vpn.listenPort}`,
            ),
          ]),
    ],
  };
}

/** Who may come to each public address of IPv4: a group an address, in their order. */
export function sourceElements(
  rules: readonly RuleElement[],
  addresses: readonly PublicAddressElement[],
): readonly ElementGroup[] {
  return addresses
    .filter(({ family }) => family === 'ipv4')
    .map(({ uuid, address }) =>
      madeOnce(rules, `in ${uuid} ${address}`, () => ({
        part: `sources ${uuid}`,
        elements: ruleElements(concerning(rules, 'in', address), 'allowed', `${address} . `),
      })),
    );
}

/** Where servers may go. */
export function destinationElements({ rules, outgoing }: ApplianceDocument): ElementGroup {
  return madeOnce(rules, `out ${outgoing?.address ?? ''}`, () => ({
    part: 'reachable',
    elements: ruleElements(concerning(rules, 'out', outgoing?.address), 'reachable', ''),
  }));
}

function concerning(
  rules: readonly RuleElement[],
  wanted: RuleElement['direction'],
  address: string | undefined,
): readonly RuleElement[] {
  return rules.filter(
    ({ direction, publicAddress }) =>
      direction === wanted && (publicAddress === null || publicAddress === address),
  );
}

const madeOfRules = new WeakMap<readonly RuleElement[], Map<string, ElementGroup>>();

// A thousand rules are cut up once, not with each forward that changes.
function madeOnce(
  rules: readonly RuleElement[],
  purpose: string,
  make: () => ElementGroup,
): ElementGroup {
  const groups = madeOfRules.get(rules) ?? new Map<string, ElementGroup>();
  madeOfRules.set(rules, groups);
  const group = groups.get(purpose) ?? make();
  groups.set(purpose, group);
  return group;
}

function ruleElements(
  rules: readonly RuleElement[],
  set: 'allowed' | 'reachable',
  prefix: string,
): readonly SetElement[] {
  const ofPorts = (['tcp', 'udp'] as const).flatMap((protocol) =>
    ruleRegions(
      rules.filter((rule) => rule.protocol === protocol || rule.protocol === 'any'),
    ).flatMap((region) =>
      region.others.map((span) =>
        element(`${set}_${protocol}`, `${prefix}${portsText(region)} . ${spanText(span)}`),
      ),
    ),
  );
  const ofAll = rules.filter(({ protocol, startPort }) => protocol === 'any' && startPort === null);
  return [
    ...ofPorts,
    ...permitted(ofAll).map((span) => element(`${set}_other`, `${prefix}${spanText(span)}`)),
  ];
}

function bound(macAddress: MacAddress, address: string): readonly SetElement[] {
  return [
    element('leased', address),
    element('bindings', `${macAddress} . ${address}`),
    element('arp_leased', address),
    element('arp_bindings', `${macAddress} . ${address}`),
  ];
}

function element(set: string, key: string): SetElement {
  return { set, key, value: '' };
}
