import type { ElementSets } from '../program/element-sets.js';

/**
 * The lines that make sets hold these elements and no others, in one transaction that loses no packet: sets are emptied
 * and filled, never replaced (reference/vlan.md 2.2).
 */
export function refillLines(sets: ElementSets): readonly string[] {
  return [...sets].flatMap(([name, elements]) => [
    `flush set inet gd ${name}`,
    ...(elements.size === 0 ? [] : [`add element inet gd ${name} { ${listed(elements)} }`]),
  ]);
}

function listed(elements: ReadonlyMap<string, string>): string {
  return [...elements]
    .map(([element, value]) => (value === '' ? element : `${element} : ${value}`))
    .join(', ');
}
