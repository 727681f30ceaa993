import ipaddr from 'ipaddr.js';
import type { ElementSets, SetName } from './element-sets.js';
import { FIREWALL_SETS, type FirewallSet, type PartType } from './firewall-sets.js';
import { isRaw, rawText } from './raw-parts.js';
import { markText } from './translation-elements.js';
import { fieldOf, listOf } from './unknown-fields.js';

/** What sets hold, and what their elements have counted. */
export interface ObservedElements {
  readonly sets: ElementSets;
  /** Of the sets whose elements count; by the same keys. */
  readonly counts: ReadonlyMap<SetName, ReadonlyMap<string, Count>>;
}

/** What has passed by an element since it was added. */
export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

const SETS = new Map(FIREWALL_SETS.map((set) => [`${set.table} ${set.name}`, set]));

/**
 * Reads what `nft -j list ruleset` prints, or the listing of a set. Only sets of the constant program are looked at, and
 * fields that are not known are passed over: the form changes from release to release. Throws a SyntaxError for what is
 * no JSON, and a TypeError for an element that can't be read.
 */
export function observedElements(listing: string): ObservedElements {
  const sets = new Map<SetName, ReadonlyMap<string, string>>();
  const counts = new Map<SetName, ReadonlyMap<string, Count>>();
  for (const entry of listOf(fieldOf(JSON.parse(listing), 'nftables'))) {
    const found = fieldOf(entry, 'set') ?? fieldOf(entry, 'map');
    const path = ['family', 'table', 'name'].map((field) => String(fieldOf(found, field)));
    const set = SETS.get(path.join(' '));
    const elements = listOf(fieldOf(found, 'elem'));
    if (set === undefined || elements.length === 0) continue;
    const values = new Map<string, string>();
    const counted = new Map<string, Count>();
    for (const element of elements) {
      const { key, value, count } = readElement(set, element);
      values.set(key, value);
      if (count !== undefined) counted.set(key, count);
    }
    sets.set(set.name, values);
    if (counted.size > 0) counts.set(set.name, counted);
  }
  return { sets, counts };
}

function readElement(
  set: FirewallSet,
  element: unknown,
): { readonly key: string; readonly value: string; readonly count: Count | undefined } {
  const [left, right] = set.kind === 'map' ? listOf(element) : [element];
  const held = fieldOf(left, 'elem');
  return {
    key: expressionText(held === undefined ? left : fieldOf(held, 'val'), set.key),
    value: right === undefined ? '' : expressionText(right, set.value),
    count: countOf(fieldOf(held, 'counter')),
  };
}

function expressionText(expression: unknown, types: readonly PartType[]): string {
  const parts = types.length === 1 ? [expression] : listOf(fieldOf(expression, 'concat'));
  if (parts.length !== types.length) throw unreadable();
  return types.map((type, nth) => partText(parts[nth], type)).join(' . ');
}

function partText(part: unknown, type: PartType): string {
  // Long ones it writes in hexadecimal, as they come.
  if (isRaw(type)) return rawText(BigInt(String(part)), type);
  if (typeof part === 'string') return type === 'ipv6_addr' ? canonical(part) : part;
  if (typeof part === 'number') return type === 'mark' ? markText(part) : String(part);
  const prefix = fieldOf(part, 'prefix');
  if (prefix !== undefined) {
    return `${partText(fieldOf(prefix, 'addr'), type)}/${String(fieldOf(prefix, 'len'))}`;
  }
  const ends = listOf(fieldOf(part, 'range'));
  if (ends.length !== 2) throw unreadable();
  return ends.map((end) => partText(end, type)).join('-');
}

// The C library writes IPv4 at the end of some.
function canonical(address: string): string {
  const [, front = '', dotted] = /^(.*:)((?:\d+\.){3}\d+)$/.exec(address) ?? [];
  if (dotted === undefined) return address;
  const [one = 0, two = 0, three = 0, four = 0] = dotted.split('.').map(Number);
  const words = [one * 256 + two, three * 256 + four].map((word) => word.toString(16));
  return ipaddr.IPv6.parse(`${front}${words.join(':')}`).toRFC5952String();
}

/** A count as nft prints it, and as it is kept; undefined for anything else. */
export function countOf(counter: unknown): Count | undefined {
  const packets = fieldOf(counter, 'packets');
  const bytes = fieldOf(counter, 'bytes');
  return typeof packets === 'number' && typeof bytes === 'number' ? { packets, bytes } : undefined;
}

function unreadable(): TypeError {
  return new TypeError('an element of a set is not as its type says');
}
