import type { RuleElement } from '../plan/appliance-elements.js';
import { type Ipv4Address, ipv4Number, ipv4Text } from '../plan/ipv4.js';
import { ALL_PORTS } from '../plan/ports.js';

/** Ports in a row, and from where (or to where) they may be used. Regions of one list have no port in common. */
export interface RuleRegion {
  readonly start: number;
  readonly end: number;
  readonly others: readonly AddressSpan[];
}

/** Addresses in a row, as numbers, both ends included. */
export interface AddressSpan {
  readonly first: number;
  readonly last: number;
}

const EVERYWHERE: AddressSpan = { first: 0, last: 2 ** 32 - 1 };
const PORTS = ALL_PORTS.end + 1;

/**
 * What rules come to, port by port: where a port has an `allow`, only that is let through, and never what a `deny` has.
 * As sets of ranges must not overlap in nft, all is cut into pieces that don't; equal rules make equal pieces, and
 * neighbouring ports with the same answer are one.
 */
export function ruleRegions(rules: readonly RuleElement[]): readonly RuleRegion[] {
  const cuts = new Set([0, PORTS]);
  const from = new Map<number, RuleElement[]>();
  const until = new Map<number, RuleElement[]>();
  for (const rule of rules) {
    const { start, end } = portsOf(rule);
    for (const [at, starts] of [
      [start, from],
      [end + 1, until],
    ] as const) {
      cuts.add(at);
      starts.set(at, [...(starts.get(at) ?? []), rule]);
    }
  }
  const regions: RuleRegion[] = [];
  const active = new Set<RuleElement>();
  const ordered = [...cuts].sort((a, b) => a - b);
  for (const [nth, start] of ordered.slice(0, -1).entries()) {
    for (const rule of until.get(start) ?? []) active.delete(rule);
    for (const rule of from.get(start) ?? []) active.add(rule);
    const end = (ordered[nth + 1] ?? PORTS) - 1;
    const others = permitted([...active]);
    const last = regions.at(-1);
    if (last !== undefined && sameSpans(last.others, others)) {
      regions[regions.length - 1] = { start: last.start, end, others };
    } else regions.push({ start, end, others });
  }
  return regions;
}

/** What rules come to where there are no ports. */
export function permitted(rules: readonly RuleElement[]): readonly AddressSpan[] {
  const spans = (action: RuleElement['action']): readonly AddressSpan[] =>
    union(rules.filter((rule) => rule.action === action).map(({ range }) => spanOf(range)));
  const allowed = spans('allow');
  const denied = spans('deny');
  return without(allowed.length === 0 ? [EVERYWHERE] : allowed, denied);
}

/** Addresses as nft writes them: an address, a range with prefix where it is one, else both ends. */
export function spanText({ first, last }: AddressSpan): string {
  if (first === last) return ipv4Text(first);
  const size = last - first + 1;
  const bits = Math.log2(size);
  return Number.isInteger(bits) && first % size === 0
    ? `${ipv4Text(first)}/${32 - bits}`
    : `${ipv4Text(first)}-${ipv4Text(last)}`;
}

/** Ports as nft writes them. */
export function portsText({ start, end }: Pick<RuleRegion, 'start' | 'end'>): string {
  return start === end ? String(start) : `${start}-${end}`;
}

function portsOf({ startPort, endPort }: RuleElement): Pick<RuleRegion, 'start' | 'end'> {
  return startPort === null || endPort === null ? ALL_PORTS : { start: startPort, end: endPort };
}

function spanOf(range: { readonly first: Ipv4Address; readonly last: Ipv4Address }): AddressSpan {
  return { first: ipv4Number(range.first), last: ipv4Number(range.last) };
}

function union(spans: readonly AddressSpan[]): readonly AddressSpan[] {
  const joined: AddressSpan[] = [];
  for (const span of spans.toSorted((a, b) => a.first - b.first)) {
    const last = joined.at(-1);
    if (last === undefined || span.first > last.last + 1) joined.push(span);
    else joined[joined.length - 1] = { first: last.first, last: Math.max(last.last, span.last) };
  }
  return joined;
}

// Both in order, neither overlapping in itself.
function without(
  spans: readonly AddressSpan[],
  taken: readonly AddressSpan[],
): readonly AddressSpan[] {
  const rest: AddressSpan[] = [];
  for (const { first, last } of spans) {
    let at = first;
    for (const hole of taken) {
      if (hole.last < at || hole.first > last) continue;
      if (hole.first > at) rest.push({ first: at, last: hole.first - 1 });
      at = hole.last + 1;
    }
    if (at <= last) rest.push({ first: at, last });
  }
  return rest;
}

function sameSpans(some: readonly AddressSpan[], others: readonly AddressSpan[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ first, last }, nth) => others[nth]?.first === first && others[nth]?.last === last)
  );
}
