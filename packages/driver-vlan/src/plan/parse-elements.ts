import { type ApplianceElement, parseUuid } from '@gdcloud/core';
import { invalidDocument, within } from './invalid-document.js';

/**
 * Reads a list of elements; the result is in the order of their uuids. What is the same as in `before`, a result of
 * earlier, comes from there unread: an element that stays is the same object, and so is a list, by which all that was
 * made of it is found again. Throws `invalid`, naming the element and the field.
 */
export function parseElements<Sent extends ApplianceElement, Parsed extends Sent>(
  list: string,
  sent: readonly Sent[],
  before: readonly Parsed[],
  parse: (element: Sent) => Parsed,
): readonly Parsed[] {
  const ordered = inOrder(sent);
  const parsed: Parsed[] = [];
  let at = 0;
  for (const [nth, element] of ordered.entries()) {
    // Both are in order, so that each is gone through once.
    for (let known = before[at]; known !== undefined && known.uuid < element.uuid; ) {
      at += 1;
      known = before[at];
    }
    const known = before[at];
    parsed.push(
      known?.uuid === element.uuid && equals(element, known) ? known : read(list, element, parse),
    );
    if (nth > 0 && ordered[nth - 1]?.uuid === element.uuid) {
      throw invalidDocument('DuplicateUuid', `${list} ${element.uuid}: it is in the list once`);
    }
  }
  const same = parsed.length === before.length && parsed.every((one, nth) => one === before[nth]);
  return same ? before : parsed;
}

// Mostly they come in order, and then nothing needs to be sorted.
function inOrder<Element extends ApplianceElement>(
  elements: readonly Element[],
): readonly Element[] {
  const sorted = elements.every(
    ({ uuid }, nth) => nth === 0 || (elements[nth - 1]?.uuid ?? '') <= uuid,
  );
  return sorted ? elements : elements.toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
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

/** Whether all that was sent is as it was; what the parser has added to `kept` doesn't count. */
function equals(sent: unknown, kept: unknown): boolean {
  if (sent === kept) return true;
  if (!isRecord(sent) || !isRecord(kept)) return false;
  if (Array.isArray(sent) && Array.isArray(kept) && sent.length !== kept.length) return false;
  return Object.keys(sent).every((field) => equals(sent[field], kept[field]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
