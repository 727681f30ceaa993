import { type ElementGroup, type ElementSets, elementSets, type SetName } from './element-sets.js';
import { FIREWALL_PROGRAM } from './firewall-program.js';
import { FIREWALL_SETS, MARK_SET } from './firewall-sets.js';

/**
 * Commands of one nft transaction, which the caller ends with a swap of marks: joined by newlines for `nft -f`, by
 * semicolons for a line of `nft -i`.
 */
export type NftCommands = readonly string[];

/** What goes and what comes; a key whose value changes is in both. */
interface Difference {
  readonly removed: ElementSets;
  readonly added: ElementSets;
}

/**
 * Loads the constant program and these elements into a namespace that has nothing, or anything of ours, in it. The marks
 * are the caller's. What elements have counted begins anew.
 */
export function firewallLoad(
  elements: readonly ElementGroup[],
  into: 'nothing' | 'anything',
): NftCommands {
  const added = loadCommands(elements);
  // To empty what was made a moment ago has the kernel wait for all its readers: three times the load itself, measured.
  if (into === 'nothing') return [...FIREWALL_PROGRAM.flatMap(asFirst), ...added];
  return [
    ...FIREWALL_PROGRAM,
    ...FIREWALL_SETS.filter(({ name }) => name !== MARK_SET).map(
      ({ kind, table, name }) => `flush ${kind} ${table} ${name}`,
    ),
    ...added,
  ];
}

// Refused as a whole where somebody has been faster.
function asFirst(command: string): readonly string[] {
  if (command.startsWith('flush ')) return [];
  return [command.replace(/^add table /, 'create table ')];
}

/**
 * Turns the elements of one program of a network into those of another. What is taken away is revoked by the same
 * transaction, flows that are open included. It is refused as a whole where `from` isn't what is loaded.
 */
export function elementChanges(
  from: readonly ElementGroup[],
  to: readonly ElementGroup[],
): NftCommands {
  return changeCommands(groupDifference(from, to));
}

/** Turns the elements that were found, of whatever origin, into those of a program; what is right keeps its count. */
export function elementRepairs(found: ElementSets, to: readonly ElementGroup[]): NftCommands {
  const others = new Map(found);
  others.delete(MARK_SET);
  return changeCommands(setDifference(others, elementSets(to)));
}

// Deletions first: a range may take the place of others.
function changeCommands({ removed, added }: Difference): NftCommands {
  return [...elementCommands('delete', removed), ...elementCommands('add', added)];
}

// As elementCommands('add', elementSets(groups)), without looking for keys that two groups have: nft takes them twice.
function loadCommands(groups: readonly ElementGroup[]): NftCommands {
  const written = new Map<SetName, string[]>();
  for (const { elements } of groups) {
    for (const { set, key, value } of elements) {
      const text = value === '' ? key : `${key} : ${value}`;
      const texts = written.get(set);
      if (texts === undefined) written.set(set, [text]);
      else texts.push(text);
    }
  }
  return FIREWALL_SETS.flatMap(({ name, table }) => {
    const texts = written.get(name);
    return texts === undefined ? [] : [`add element ${table} ${name} { ${texts.join(', ')} }`];
  });
}

function elementCommands(verb: 'add' | 'delete', sets: ElementSets): NftCommands {
  const commands: string[] = [];
  for (const { name, table } of FIREWALL_SETS) {
    const elements = sets.get(name);
    if (elements === undefined || elements.size === 0) continue;
    const written: string[] = [];
    for (const [key, value] of elements) {
      written.push(value === '' || verb === 'delete' ? key : `${key} : ${value}`);
    }
    commands.push(`${verb} element ${table} ${name} { ${written.join(', ')} }`);
  }
  return commands;
}

// Both lists are in the order of their parts. A group that both have as the same object isn't looked into.
function groupDifference(from: readonly ElementGroup[], to: readonly ElementGroup[]): Difference {
  const gone: ElementGroup[] = [];
  const come: ElementGroup[] = [];
  let old = 0;
  let next = 0;
  while (old < from.length || next < to.length) {
    const before = from[old];
    const after = to[next];
    if (before === after) {
      old += 1;
      next += 1;
      continue;
    }
    const order = comparedParts(before, after);
    if (order <= 0) {
      if (before !== undefined) gone.push(before);
      old += 1;
    }
    if (order >= 0) {
      if (after !== undefined) come.push(after);
      next += 1;
    }
  }
  return setDifference(elementSets(gone), elementSets(come));
}

function comparedParts(before: ElementGroup | undefined, after: ElementGroup | undefined): number {
  if (before === undefined) return 1;
  if (after === undefined) return -1;
  if (before.part === after.part) return 0;
  return before.part < after.part ? -1 : 1;
}

function setDifference(from: ElementSets, to: ElementSets): Difference {
  return { removed: missing(from, to), added: missing(to, from) };
}

// What is in `sets`, but not, or with another value, in `others`.
function missing(sets: ElementSets, others: ElementSets): ElementSets {
  const found = new Map<SetName, Map<string, string>>();
  for (const [name, elements] of sets) {
    const counterparts = others.get(name);
    const left = new Map<string, string>();
    for (const [key, value] of elements) {
      if (counterparts?.get(key) !== value) left.set(key, value);
    }
    if (left.size > 0) found.set(name, left);
  }
  return found;
}
