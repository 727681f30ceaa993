import type { RuleElement } from '../plan/appliance-elements.js';
import { ADDRESS_BITS, type AddressSpan, type Family, ipText } from '../plan/ip.js';
import { ALL_PORTS } from '../plan/ports.js';

/** Ports in a row, and from where (or to where) they may be used. Regions of one list have no port in common. */
export interface RuleRegion {
  readonly start: number;
  readonly end: number;
  readonly others: readonly AddressSpan[];
}

/** Whose addresses are meant, and whether they may pass where no rule says anything. */
export interface RuledSide {
  readonly family: Family;
  readonly unruled: 'open' | 'closed';
}

const PORTS = ALL_PORTS.end + 1;

/**
 * What rules come to, port by port: where a port has an `allow`, of whatever version, only that is let through, and never
 * what a `deny` has. As sets of ranges must not overlap in nft, all is cut into pieces that don't; equal rules make equal pieces, and
 * neighbouring ports with the same answer are one.
 */
export function ruleRegions(rules: readonly RuleElement[], side: RuledSide): readonly RuleRegion[] {
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
    const others = permitted([...active], side);
    const last = regions.at(-1);
    if (last !== undefined && sameSpans(last.others, others)) {
      regions[regions.length - 1] = { start: last.start, end, others };
    } else regions.push({ start, end, others });
  }
  return regions;
}

/** What rules come to where there are no ports. */
export function permitted(
  rules: readonly RuleElement[],
  { family, unruled }: RuledSide,
): readonly AddressSpan[] {
  const spans = (action: RuleElement['action']): readonly AddressSpan[] =>
    union(
      rules
        .filter((rule) => rule.action === action && rule.range.family === family)
        .map(({ range }) => range),
    );
  const isOpen = unruled === 'open' && rules.every(({ action }) => action !== 'allow');
  return without(isOpen ? [everywhere(family)] : spans('allow'), spans('deny'));
}

/** Addresses as nft writes them: an address, a range with prefix where it is one, else both ends. */
export function spanText({ first, last }: AddressSpan, family: Family): string {
  const text = ipText(family, first);
  if (first === last) return text;
  const size = last - first + 1n;
  const isPrefix = (size & (size - 1n)) === 0n && first % size === 0n;
  // As many digits as its only bit that is set has after it.
  const hostBits = size.toString(2).length - 1;
  return isPrefix
    ? `${text}/${ADDRESS_BITS[family] - hostBits}`
    : `${text}-${ipText(family, last)}`;
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
      if (hole.first > at) rest.push({ first: at, last: hole.first - 1n });
      at = hole.last + 1n;
    }
    if (at <= last) rest.push({ first: at, last });
  }
  return rest;
}

/** Ports as nft writes them. */
export function portsText({ start, end }: Pick<RuleRegion, 'start' | 'end'>): string {
  return start === end ? String(start) : `${start}-${end}`;
}

function portsOf({ startPort, endPort }: RuleElement): Pick<RuleRegion, 'start' | 'end'> {
  return startPort === null || endPort === null ? ALL_PORTS : { start: startPort, end: endPort };
}

function everywhere(family: Family): AddressSpan {
  return { first: 0n, last: (1n << BigInt(ADDRESS_BITS[family])) - 1n };
}

function union(spans: readonly AddressSpan[]): readonly AddressSpan[] {
  const joined: AddressSpan[] = [];
  for (const { first, last } of spans.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const before = joined.at(-1);
    if (before === undefined || first > before.last + 1n) joined.push({ first, last });
    else if (last > before.last) joined[joined.length - 1] = { first: before.first, last };
  }
  return joined;
}

function sameSpans(some: readonly AddressSpan[], others: readonly AddressSpan[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ first, last }, nth) => others[nth]?.first === first && others[nth]?.last === last)
  );
}
