import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { PublicAddressElement, RuleElement } from '../plan/appliance-elements.js';
import { ipNumber } from '../plan/ip.js';
import type { Ipv6Range } from '../plan/ipv6.js';
import { type ElementGroup, element, type SetElement } from './element-sets.js';
import { IPV4, IPV6 } from './family-words.js';
import {
  permitted,
  portsText,
  type RuledSide,
  ruleRegions,
  spanText,
  without,
} from './rule-regions.js';

/** Who may come to each public address: a group an address, in their order. */
export function sourceElements(
  rules: readonly RuleElement[],
  addresses: readonly PublicAddressElement[],
): readonly ElementGroup[] {
  return addresses.map(({ uuid, address, family }) =>
    madeOnce(rules, `in ${uuid} ${address}`, () => ({
      part: `sources ${uuid}`,
      elements: ruleElements(concerning(rules, 'in', address), 'allowed', `${address} . `, {
        family,
        unruled: 'open',
      }),
    })),
  );
}

/** Who may come to servers that routers outside know: nobody where no rule allows it. */
export function visitorElements({ rules, ipv6 }: ApplianceDocument): ElementGroup {
  const range = ipv6?.scope === 'routed' ? ipv6 : undefined;
  return madeOnce(rules, `visit ${range?.cidr ?? ''}`, () => ({
    part: 'visitors',
    elements: range === undefined ? [] : visitorsOf(range, rules),
  }));
}

// Servers with rules of their own are cut out of the range, as elements must not overlap.
function visitorsOf(range: Ipv6Range, rules: readonly RuleElement[]): readonly SetElement[] {
  const ruled = [...new Set(rules.map(({ publicAddress }) => publicAddress))]
    .flatMap((address) =>
      address === null ? [] : [{ address, first: ipNumber(address), last: ipNumber(address) }],
    )
    .filter(({ first, last }) => first >= range.first && last <= range.last)
    .toSorted((a, b) => (a.first < b.first ? -1 : 1));
  const visited = [
    ...without([range], ruled).map((span) => ({
      address: undefined,
      text: spanText(span, 'ipv6'),
    })),
    ...ruled.map(({ address }) => ({ address, text: address })),
  ];
  return visited.flatMap(({ address, text }) =>
    ruleElements(concerning(rules, 'in', address), 'allowed', `${text} . `, {
      family: 'ipv6',
      unruled: 'closed',
    }),
  );
}

/** Where servers may go. */
export function destinationElements(document: ApplianceDocument): ElementGroup {
  const { rules, outgoing, outgoingIpv6 } = document;
  const addresses = [outgoing?.address, outgoingIpv6?.address];
  return madeOnce(rules, `out ${addresses.join()}`, () => ({
    part: 'reachable',
    elements: [IPV4, IPV6].flatMap(({ family }, nth) =>
      ruleElements(concerning(rules, 'out', addresses[nth]), 'reachable', '', {
        family,
        unruled: 'open',
      }),
    ),
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
  side: RuledSide,
): readonly SetElement[] {
  const { family } = side;
  const name = `${set}${family === 'ipv6' ? IPV6.digit : IPV4.digit}`;
  const ofPorts = (['tcp', 'udp'] as const).flatMap((protocol) =>
    ruleRegions(
      rules.filter((rule) => rule.protocol === protocol || rule.protocol === 'any'),
      side,
    ).flatMap((region) =>
      region.others.map((span) =>
        element(`${name}_${protocol}`, `${prefix}${portsText(region)} . ${spanText(span, family)}`),
      ),
    ),
  );
  const ofAll = rules.filter(({ protocol, startPort }) => protocol === 'any' && startPort === null);
  return [
    ...ofPorts,
    ...permitted(ofAll, side).map((span) =>
      element(`${name}_other`, `${prefix}${spanText(span, family)}`),
    ),
  ];
}
