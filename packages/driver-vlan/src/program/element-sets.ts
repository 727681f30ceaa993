/**
 * The variable state of a network's firewall: elements of named sets and maps, as nft writes them, without spaces around
 * what they are joined with: `203.0.113.11 . tcp . 80`. A set's elements have the value ''.
 */
export type ElementSets = ReadonlyMap<SetName, ReadonlyMap<string, string>>;

/** The sets and maps of the constant program. Their types are fixed for good: see `firewall-program.ts`. */
export type SetName = string;
