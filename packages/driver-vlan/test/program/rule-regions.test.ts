import type { SourceRule } from '@gdcloud/core';
import {
  compileProgram,
  DEFAULT_PHYSICAL_NETWORKS,
  type ElementSets,
  elementSets,
  parseAppliance,
} from '@gdcloud/driver-vlan';
import fc from 'fast-check';
import { test } from 'tap';
import { OUTSIDE } from '../support/appliance-sandbox.js';
import { sourceRules } from '../support/documents.js';
import { uuid } from '../support/fixtures.js';

const ADDRESSES = OUTSIDE.publicAddresses.map(({ address }) => address);
const OTHERS = [
  '0.0.0.0',
  '10.0.0.1',
  '10.1.2.3',
  '127.255.255.255',
  '128.0.0.0',
  '255.255.255.255',
];
const PORTS = [1, 78, 79, 80, 81, 82, 442, 443, 444, 9000, 9001, 65_535];

function setsOf(rules: readonly SourceRule[]): ElementSets {
  const known = rules.map((rule) => ({
    ...rule,
    publicAddress: rule.publicAddress === '198.51.100.9' ? null : rule.publicAddress,
  }));
  const document = parseAppliance(uuid(1), { ...OUTSIDE, rules: known }, DEFAULT_PHYSICAL_NETWORKS);
  return elementSets(compileProgram(document).elements);
}

function number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

// Reads what nft would read.
function has(span: string, value: number): boolean {
  const [ends = '', prefix] = span.split('/');
  const read = (text: string): number => (text.includes('.') ? number(text) : Number(text));
  const [first = '', last = first] = ends.split('-');
  const size = prefix === undefined ? 1 : 2 ** (32 - Number(prefix));
  return value >= read(first) && value <= read(last) + size - 1;
}

function matches(sets: ElementSets, set: string, ...values: readonly number[]): number {
  return [...(sets.get(set)?.keys() ?? [])].filter((key) =>
    key.split(' . ').every((span, nth) => has(span, values[nth] ?? Number.NaN)),
  ).length;
}

// What the rules say, in the words of the port's own documentation.
function mayPass(
  rules: readonly SourceRule[],
  protocol: 'tcp' | 'udp' | 'other',
  port: number,
  other: number,
): boolean {
  const concerned = rules.filter(
    (rule) =>
      (rule.protocol === 'any' || rule.protocol === protocol) &&
      (rule.startPort === null ||
        (protocol !== 'other' && port >= rule.startPort && port <= (rule.endPort ?? 0))),
  );
  const from = (action: SourceRule['action']): readonly SourceRule[] =>
    concerned.filter((rule) => rule.action === action);
  const allowed = from('allow').length === 0 || from('allow').some(({ cidr }) => has(cidr, other));
  return allowed && !from('deny').some(({ cidr }) => has(cidr, other));
}

test('the sets let through what the rules say, each packet by one element', async (t) => {
  fc.assert(
    fc.property(sourceRules, (rules) => {
      const known = rules.map((rule) =>
        rule.publicAddress === '198.51.100.9' ? { ...rule, publicAddress: null } : rule,
      );
      const sets = setsOf(rules);
      const wrong: string[] = [];
      const compare = (seen: number, should: boolean, what: string): void => {
        if (seen !== (should ? 1 : 0)) wrong.push(`${what}: ${seen} elements, ${should}`);
      };
      const inwards = (address: string): readonly SourceRule[] =>
        known.filter(
          ({ direction, publicAddress }) =>
            direction === 'in' && (publicAddress ?? address) === address,
        );
      const outwards = known.filter(
        ({ direction, publicAddress }) =>
          direction === 'out' &&
          (publicAddress ?? OUTSIDE.outgoingAddress) === OUTSIDE.outgoingAddress,
      );
      for (const text of OTHERS) {
        const other = number(text);
        for (const protocol of ['tcp', 'udp'] as const) {
          for (const port of PORTS) {
            for (const address of ADDRESSES) {
              compare(
                matches(sets, `allowed_${protocol}`, number(address), port, other),
                mayPass(inwards(address), protocol, port, other),
                `${protocol} ${text} to ${address}:${port}`,
              );
            }
            compare(
              matches(sets, `reachable_${protocol}`, port, other),
              mayPass(outwards, protocol, port, other),
              `${protocol} to ${text}:${port}`,
            );
          }
        }
        for (const address of ADDRESSES) {
          compare(
            matches(sets, 'allowed_other', number(address), other),
            mayPass(inwards(address), 'other', 0, other),
            `other ${text} to ${address}`,
          );
        }
        compare(
          matches(sets, 'reachable_other', other),
          mayPass(outwards, 'other', 0, other),
          `other to ${text}`,
        );
      }
      t.same(wrong, []);
    }),
    { numRuns: 60 },
  );
});
