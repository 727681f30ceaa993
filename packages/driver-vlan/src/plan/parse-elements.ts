import { type ApplianceElement, parseUuid } from '@gdcloud/core';
import { invalidDocument, within } from './invalid-document.js';

/**
 * Reads a list of elements; the result is in the order of their uuids. What is the same as in `before` comes from there
 * unread: an element that stays is the same object, by which all that was made of it is found again. Throws `invalid`,
 * naming the element and the field.
 */
export function parseElements<Sent extends ApplianceElement, Parsed extends Sent>(
  list: string,
  sent: readonly Sent[],
  before: readonly Parsed[],
  parse: (element: Sent) => Parsed,
): readonly Parsed[] {
  const known = new Map<string, Parsed>();
  for (const element of before) known.set(element.uuid, element);
  const seen = new Set<string>();
  const parsed = sent.map((element) => {
    const kept = known.get(element.uuid);
    const taken = kept !== undefined && equals(element, kept) ? kept : read(list, element, parse);
    if (seen.has(taken.uuid)) {
      throw invalidDocument('DuplicateUuid', `${list} ${taken.uuid}: it is in the list once`);
    }
    seen.add(taken.uuid);
    return taken;
  });
  return inOrder(parsed);
}

function read<Sent extends ApplianceElement, Parsed extends Sent>(
  list: string,
  element: Sent,
  parse: (element: Sent) => Parsed,
): Parsed {
  const uuid = parseUuid(element.uuid);
  if (uuid === undefined) {
    throw invalidDocument('InvalidUuid', `${list}: an element's uuid is a canonical one`);
  }
  return within(`${list} ${uuid}`, () => {
    if (!Number.isSafeInteger(element.generation) || element.generation < 0) {
      throw invalidDocument('InvalidGeneration', 'generation: it is a whole number from 0');
    }
    return parse(element);
  });
}

// Mostly they come in order, and then nothing needs to be sorted.
function inOrder<Element extends ApplianceElement>(
  elements: readonly Element[],
): readonly Element[] {
  const sorted = elements.every(
    ({ uuid }, nth) => nth === 0 || (elements[nth - 1]?.uuid ?? '') < uuid,
  );
  return sorted ? elements : elements.toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
}

/** Whether all that was sent is as it was; what the parser has added to `kept` doesn't count. */
function equals(sent: unknown, kept: unknown): boolean {
  if (sent === kept) return true;
  if (typeof sent !== 'object' || typeof kept !== 'object' || sent === null || kept === null) {
    return false;
  }
  if (Array.isArray(sent)) {
    return (
      Array.isArray(kept) &&
      sent.length === kept.length &&
      sent.every((item, nth) => equals(item, kept[nth]))
    );
  }
  for (const [field, value] of Object.entries(sent)) {
    if (!(field in kept && equals(value, Reflect.get(kept, field)))) return false;
  }
  return true;
}
