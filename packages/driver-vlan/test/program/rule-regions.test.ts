import type { ApplianceDesired, SourceRule } from '@gdcloud/core';
import {
  compileProgram,
  DEFAULT_PHYSICAL_NETWORKS,
  type ElementSets,
  elementSets,
  parseAppliance,
} from '@gdcloud/driver-vlan';
import fc from 'fast-check';
import { test } from 'tap';
import { WIDE } from '../support/appliance-sandbox.js';
import { sourceRules } from '../support/documents.js';
import { uuid } from '../support/fixtures.js';

const ROUTED: ApplianceDesired = {
  ...WIDE,
  ipv6Cidr: '2001:db8:77::/64',
  outgoingIpv6Address: '2001:db8::11',
};
const ADDRESSES = ROUTED.publicAddresses.map(({ address }) => address);
/** Of servers that routers outside know: one with rules of its own, and others. */
const RULED = '2001:db8:77::9';
const VISITED = [RULED, '2001:db8:77::5', '2001:db8:77::a', '2001:db8:77:0:ffff:ffff:ffff:ffff'];
const OTHERS = [
  '0.0.0.0',
  '10.0.0.1',
  '10.1.2.3',
  '127.255.255.255',
  '128.0.0.0',
  '255.255.255.255',
  '::',
  '::fff:ffff',
  '::1000:0',
  '2001:db8::1',
  '2001:db8:1::7',
  '7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  '8000::',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];
const PORTS = [1, 78, 79, 80, 81, 82, 442, 443, 444, 9000, 9001, 65_535];

function setsOf(rules: readonly SourceRule[]): ElementSets {
  const document = parseAppliance(uuid(1), { ...ROUTED, rules }, DEFAULT_PHYSICAL_NETWORKS);
  return elementSets(compileProgram(document).elements);
}

function isIpv6(text: string): boolean {
  return text.includes(':');
}

// Some rules are of an address that this network hasn't: they are of a server's.
function adapted(rules: readonly SourceRule[]): readonly SourceRule[] {
  return rules.map((rule) =>
    rule.publicAddress === null || ADDRESSES.includes(rule.publicAddress)
      ? rule
      : { ...rule, publicAddress: RULED },
  );
}

/** An address, or a port, as a number. */
function number(text: string): bigint {
  if (isIpv6(text)) {
    const [front = '', back] = text.split('::').map((part) => part.split(':').filter(Boolean));
    const [left, right] = [front === '' ? [] : front, back ?? []];
    const zeros = Array<string>(8 - left.length - right.length).fill('0');
    return [...left, ...zeros, ...right].reduce(
      (sum, word) => sum * 65_536n + BigInt(`0x${word}`),
      0n,
    );
  }
  return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

// Reads what nft would read.
function has(span: string, text: string): boolean {
  const [ends = '', prefix] = span.split('/');
  const [first = '', last = first] = ends.split('-');
  if (isIpv6(first) !== isIpv6(text)) return false;
  const bits = isIpv6(first) ? 128n : 32n;
  const size = prefix === undefined ? 1n : 1n << (bits - BigInt(prefix));
  const value = number(text);
  return value >= number(first) && value <= number(last) + size - 1n;
}

function matches(sets: ElementSets, set: string, ...values: readonly string[]): number {
  return [...(sets.get(set)?.keys() ?? [])].filter((key) =>
    key.split(' . ').every((span, nth) => has(span, values[nth] ?? '')),
  ).length;
}

// Of servers that routers outside know several sets are asked: 1 where they let it through, and more where one has two
// elements for it.
function visits(
  sets: ElementSets,
  protocol: string,
  address: string,
  ports: readonly string[],
  other: string,
): number {
  const [allowed, allowedOwn, barred, barredOwn] = ['visitors6', 'barred6'].flatMap((name) => [
    matches(sets, `${name}_${protocol}`, ...ports, other),
    matches(sets, `${name}_own_${protocol}`, address, ...ports, other),
  ]);
  const counts = [allowed, allowedOwn, barred, barredOwn].map(Number);
  if (counts.some((count) => count > 1)) return 2;
  return Number(barred) + Number(barredOwn) === 0 && Number(allowed) + Number(allowedOwn) > 0
    ? 1
    : 0;
}

function unruledAt(address: string): 'open' | 'closed' {
  return VISITED.includes(address) ? 'closed' : 'open';
}

// What the rules say, in the words of the port's own documentation.
function mayPass(
  rules: readonly SourceRule[],
  protocol: 'tcp' | 'udp' | 'other',
  port: number,
  other: string,
  unruled: 'open' | 'closed' = 'open',
): boolean {
  const concerned = rules.filter(
    (rule) =>
      (rule.protocol === 'any' || rule.protocol === protocol) &&
      (rule.startPort === null ||
        (protocol !== 'other' && port >= rule.startPort && port <= (rule.endPort ?? 0))),
  );
  const from = (action: SourceRule['action']): readonly SourceRule[] =>
    concerned.filter((rule) => rule.action === action);
  const allowed =
    from('allow').length === 0
      ? unruled === 'open'
      : from('allow').some(({ cidr }) => has(cidr, other));
  return allowed && !from('deny').some(({ cidr }) => has(cidr, other));
}

test('the sets let through what the rules say, each packet by one element', async (t) => {
  fc.assert(
    fc.property(sourceRules.map(adapted), (rules) => {
      const sets = setsOf(rules);
      const wrong: string[] = [];
      const compare = (seen: number, should: boolean, what: string): void => {
        if (seen !== (should ? 1 : 0)) wrong.push(`${what}: ${seen} elements, ${should}`);
      };
      const inwards = (address: string): readonly SourceRule[] =>
        rules.filter(
          ({ direction, publicAddress }) =>
            direction === 'in' && (publicAddress ?? address) === address,
        );
      const outwards = (other: string): readonly SourceRule[] => {
        const seenBy = isIpv6(other) ? ROUTED.outgoingIpv6Address : ROUTED.outgoingAddress;
        return rules.filter(
          ({ direction, publicAddress }) =>
            direction === 'out' && (publicAddress ?? seenBy) === seenBy,
        );
      };
      for (const other of OTHERS) {
        const digit = isIpv6(other) ? '6' : '';
        const own = [...ADDRESSES, ...VISITED].filter(
          (address) => isIpv6(address) === isIpv6(other),
        );
        for (const protocol of ['tcp', 'udp', 'other'] as const) {
          for (const port of protocol === 'other' ? [0] : PORTS) {
            const ports = protocol === 'other' ? [] : [String(port)];
            for (const address of own) {
              compare(
                VISITED.includes(address)
                  ? visits(sets, protocol, address, ports, other)
                  : matches(sets, `allowed${digit}_${protocol}`, address, ...ports, other),
                mayPass(inwards(address), protocol, port, other, unruledAt(address)),
                `${protocol} ${other} to ${address}:${port}`,
              );
            }
            compare(
              matches(sets, `reachable${digit}_${protocol}`, ...ports, other),
              mayPass(outwards(other), protocol, port, other),
              `${protocol} to ${other}:${port}`,
            );
          }
        }
      }
      t.same(wrong, []);
    }),
    { numRuns: 60 },
  );
});
