import type { ElementGroup } from './element-sets.js';
import type { Count, ObservedElements } from './observed-elements.js';

/** What a part of a document has carried since its elements were added. */
export interface PartCount {
  /** Towards the network and from it, of a public address. */
  readonly in?: Count | undefined;
  readonly out?: Count | undefined;
  /** Both ways, of a forward or a balancer. */
  readonly both?: Count | undefined;
}

const NOTHING: Count = { packets: 0, bytes: 0 };

/**
 * What the parts of a program have carried, by their names (`address 01890000-…`); parts without counters are absent. An
 * element that is removed takes its count along: who bills reads before, and adds up.
 */
export function partCounts(
  groups: readonly ElementGroup[],
  { counts }: ObservedElements,
): ReadonlyMap<string, PartCount> {
  const parts = new Map<string, PartCount>();
  for (const { part, elements } of groups) {
    for (const { set, key } of elements) {
      const count = counts.get(set)?.get(key);
      if (count === undefined) continue;
      const known = parts.get(part) ?? {};
      const way = wayOf(set);
      parts.set(part, { ...known, [way]: sum(known[way] ?? NOTHING, count) });
    }
  }
  return parts;
}

/** Which way a set counts. */
export function wayOf(set: string): keyof PartCount {
  if (set.endsWith('_in')) return 'in';
  return set.endsWith('_out') ? 'out' : 'both';
}

function sum(one: Count, other: Count): Count {
  return { packets: one.packets + other.packets, bytes: one.bytes + other.bytes };
}
