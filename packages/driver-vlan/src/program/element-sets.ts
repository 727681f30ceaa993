/** The sets and maps of the constant program by name. Their types are fixed for good: see `firewall-sets.ts`. */
export type SetName = string;

/**
 * One element of a set, as nft writes it, with single spaces: `203.0.113.11 . tcp . 80`. A set's elements have the
 * value ''.
 */
export interface SetElement {
  readonly set: SetName;
  readonly key: string;
  readonly value: string;
}

/** An element without a value. */
export function element(set: SetName, key: string): SetElement {
  return { set, key, value: '' };
}

/**
 * The elements that one part of a document comes to. Two programs of one compiler share the group of a part that is the
 * same in both, so that a difference of one among ten thousand needs no look at the others.
 */
export interface ElementGroup {
  /** `forward 01890000-…`, `reachable`: unique in a program. */
  readonly part: string;
  readonly elements: readonly SetElement[];
  /** What groups with the same part and elements have in common: see `elementGroup`. */
  readonly hash: number;
}

/** The whole variable state of a network's firewall: of each set the values by key. Sets without elements are absent. */
export type ElementSets = ReadonlyMap<SetName, ReadonlyMap<string, string>>;

/** All elements of these groups. */
export function elementSets(groups: readonly ElementGroup[]): ElementSets {
  const sets = new Map<SetName, Map<string, string>>();
  for (const { elements } of groups) {
    for (const { set, key, value } of elements) {
      const found = sets.get(set);
      if (found === undefined) sets.set(set, new Map([[key, value]]));
      else found.set(key, value);
    }
  }
  return sets;
}
