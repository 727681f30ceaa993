import {
  type ElementGroup,
  type ElementSets,
  elementSets,
  type SetElement,
  type SetName,
} from './element-sets.js';
import { FIREWALL_PROGRAM } from './firewall-program.js';
import { FIREWALL_SETS, MARK_SET } from './firewall-sets.js';
import type { NetworkProgram } from './network-program.js';
import { markText } from './translation-elements.js';

/** The commands of one nft transaction: joined by newlines for `nft -f`, by semicolons for a line of `nft -i`. */
export type NftCommands = readonly string[];

/** What a reader needs of a program that is loaded. */
export type LoadedProgram = Pick<NetworkProgram, 'mark' | 'elements'>;

/** What goes and what comes; a key whose value changes is in both. */
interface Difference {
  readonly removed: ElementSets;
  readonly added: ElementSets;
}

/** Loads a program into a namespace that may be empty or have anything of ours in it. Counters of elements begin anew. */
export function loadProgram(program: LoadedProgram): NftCommands {
  return [
    ...FIREWALL_PROGRAM,
    ...FIREWALL_SETS.map(({ kind, table, name }) => `flush ${kind} ${table} ${name}`),
    ...elementCommands('add', elementSets(program.elements)),
    `add element inet gd ${MARK_SET} { ${markText(program.mark)} }`,
  ];
}

/**
 * Turns one program of a network into another, of which the compiler made both; nothing when they are the same. Whatever
 * is taken away is revoked by the same transaction, flows that are open included. It fails as a whole where `from` isn't
 * what is loaded.
 */
export function changeProgram(from: LoadedProgram, to: LoadedProgram): NftCommands {
  if (from.mark === to.mark) return [];
  return changeCommands(groupDifference(from.elements, to.elements), [from.mark], to.mark);
}

/** Turns what was found in the sets, of whatever origin, into a program; the rules are written anew. */
export function repairProgram(found: ElementSets, to: LoadedProgram): NftCommands {
  const marks = [...(found.get(MARK_SET)?.keys() ?? [])].map(Number);
  const elements = new Map(found);
  elements.delete(MARK_SET);
  const change = setDifference(elements, elementSets(to.elements));
  return [...FIREWALL_PROGRAM, ...changeCommands(change, marks, to.mark)];
}

// Deletions first: a range may take the place of others. The mark last: who reads it knows that all the rest is there.
function changeCommands(
  { removed, added }: Difference,
  marks: readonly number[],
  mark: number,
): NftCommands {
  return [
    ...elementCommands('delete', removed),
    ...elementCommands('add', added),
    ...marks.map((old) => `delete element inet gd ${MARK_SET} { ${markText(old)} }`),
    `add element inet gd ${MARK_SET} { ${markText(mark)} }`,
  ];
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
  const gone: SetElement[] = [];
  const come: SetElement[] = [];
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
      gone.push(...(before?.elements ?? []));
      old += 1;
    }
    if (order >= 0) {
      come.push(...(after?.elements ?? []));
      next += 1;
    }
  }
  return setDifference(grouped(gone), grouped(come));
}

function comparedParts(before: ElementGroup | undefined, after: ElementGroup | undefined): number {
  if (before === undefined) return 1;
  if (after === undefined) return -1;
  if (before.part === after.part) return 0;
  return before.part < after.part ? -1 : 1;
}

function grouped(elements: readonly SetElement[]): ElementSets {
  return elementSets([{ part: '', elements }]);
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
