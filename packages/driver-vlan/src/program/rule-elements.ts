import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { PublicAddressElement, RuleElement } from '../plan/appliance-elements.js';
import { familyOf, type IpAddress, ipNumber } from '../plan/ip.js';
import type { Ipv6Range } from '../plan/ipv6.js';
import { type ElementGroup, element, type SetElement } from './element-sets.js';
import { IPV4, IPV6, wordsOf } from './family-words.js';
import { elementGroup } from './group-hash.js';
import { permitted, portsText, type RuledSide, ruleRegions, spanText } from './rule-regions.js';

/** Who may come to each public address: a group an address, in their order. */
export function sourceElements(
  rules: readonly RuleElement[],
  addresses: readonly PublicAddressElement[],
): readonly ElementGroup[] {
  return addresses.map(({ uuid, address, family }) =>
    madeOnce(rules, `in ${uuid} ${address}`, () =>
      elementGroup(
        `sources ${uuid}`,
        ruleElements(
          concerning(rules, 'in', address),
          `allowed${wordsOf(address).digit}`,
          `${address} . `,
          { family, unruled: 'open' },
        ),
      ),
    ),
  );
}

/** Who may come to servers that routers outside know: nobody where no rule allows it. */
export function visitorElements({ rules, ipv6 }: ApplianceDocument): ElementGroup {
  const range = ipv6?.scope === 'routed' ? ipv6 : undefined;
  return madeOnce(rules, `visit ${range?.cidr ?? ''}`, () =>
    elementGroup('visitors', range === undefined ? [] : visitorsOf(range, rules)),
  );
}

// Rules of all servers and of one are looked up one after the other, so that there are as many elements as rules.
function visitorsOf(range: Ipv6Range, rules: readonly RuleElement[]): readonly SetElement[] {
  const into = rules.filter(({ direction }) => direction === 'in');
  const servers = new Set(
    into.flatMap(({ publicAddress }) =>
      publicAddress !== null && isIn(publicAddress, range) ? [publicAddress] : [],
    ),
  );
  const side: RuledSide = { family: 'ipv6', unruled: 'closed' };
  return (['allow', 'deny'] as const).flatMap((action) => {
    const name = action === 'allow' ? 'visitors6' : 'barred6';
    const meant = into
      .filter((rule) => rule.action === action)
      .map((rule): RuleElement => ({ ...rule, action: 'allow' }));
    const of = (address: RuleElement['publicAddress']): readonly RuleElement[] =>
      meant.filter(({ publicAddress }) => publicAddress === address);
    return [
      ...ruleElements(of(null), name, '', side),
      ...[...servers].flatMap((address) =>
        ruleElements(of(address), `${name}_own`, `${address} . `, side),
      ),
    ];
  });
}

function isIn(address: IpAddress, { first, last }: Ipv6Range): boolean {
  const number = ipNumber(address);
  return familyOf(address) === 'ipv6' && number >= first && number <= last;
}

/** Where servers may go. */
export function destinationElements(document: ApplianceDocument): ElementGroup {
  const { rules, outgoing, outgoingIpv6 } = document;
  const addresses = [outgoing?.address, outgoingIpv6?.address];
  return madeOnce(rules, `out ${addresses.join()}`, () =>
    elementGroup(
      'reachable',
      [IPV4, IPV6].flatMap(({ family, digit }, nth) =>
        ruleElements(concerning(rules, 'out', addresses[nth]), `reachable${digit}`, '', {
          family,
          unruled: 'open',
        }),
      ),
    ),
  );
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
  name: string,
  prefix: string,
  side: RuledSide,
): readonly SetElement[] {
  const { family } = side;
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
