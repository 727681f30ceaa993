import type { ElementGroup, SetElement } from './element-sets.js';

const FNV_PRIME = 0x01000193;

/**
 * A group with its hash: a whole number of 53 bits that groups with the same part and elements have in common, and others
 * hardly ever. It is made for speed: who may choose elements can make two that share it, and gets of it that his own change
 * is missed.
 */
export function elementGroup(part: string, elements: readonly SetElement[]): ElementGroup {
  return { part, elements, hash: groupHash(part, elements) };
}

function groupHash(part: string, elements: readonly SetElement[]): number {
  let high = 0x811c9dc5;
  let low = 0x9e3779b1;
  const add = (text: string): void => {
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      high = Math.imul(high ^ unit, FNV_PRIME);
      low = Math.imul(low ^ unit, 0x85ebca6b) ^ (low >>> 15);
    }
    // What ends a text is in none, so that no two rows of texts look the same.
    high = Math.imul(high ^ 0xffff, FNV_PRIME);
    low = Math.imul(low ^ 0xffff, 0x85ebca6b) ^ (low >>> 15);
  };
  add(part);
  for (const { set, key, value } of elements) {
    add(set);
    add(key);
    add(value);
  }
  return ((high >>> 0) & 0x1fffff) * 2 ** 32 + (low >>> 0);
}
