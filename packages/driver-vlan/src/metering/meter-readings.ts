import type { ElementGroup } from '../program/element-sets.js';
import { type Count, countOf, type ObservedElements } from '../program/observed-elements.js';
import { type PartCount, wayOf } from '../program/part-counts.js';
import { fieldOf } from '../program/unknown-fields.js';
import { parseObject } from '../record/appliance-record.js';

/**
 * What a network's parts have carried in all. The kernel's counts begin anew with each element that is added, and with each
 * load: so each reading adds what has come since the one before.
 */
export interface MeterReadings {
  /** By part: `forward 01890000-…`. */
  readonly parts: ReadonlyMap<string, PartCount>;
  /** Of each element that is there what its count was at the last reading, by set and key. */
  readonly elements: ReadonlyMap<string, ElementReading>;
}

/** What is known of an element's count. */
export interface ElementReading {
  readonly part: string;
  readonly last: Count;
}

/** Nothing has been read yet. */
export const NO_READINGS: MeterReadings = { parts: new Map(), elements: new Map() };

const NOTHING: Count = { packets: 0, bytes: 0 };

/**
 * Adds a reading. Whose an element is, `groups` tell, or else an earlier reading; one that belongs to nobody known isn't
 * counted yet. Parts that `groups` don't have are `others`: forgotten where `groups` are all there is.
 */
export function withReading(
  before: MeterReadings,
  { counts }: Pick<ObservedElements, 'counts'>,
  groups: readonly ElementGroup[],
  others: 'kept' | 'forgotten',
): MeterReadings {
  const owners = ownersOf(groups);
  const present = new Set(groups.map(({ part }) => part));
  const isKept = (part: string): boolean => others === 'kept' || present.has(part);
  const parts = new Map([...before.parts].filter(([part]) => isKept(part)));
  const elements = new Map<string, ElementReading>();
  for (const [set, keyed] of counts) {
    const way = wayOf(set);
    for (const [key, count] of keyed) {
      const name = `${set} ${key}`;
      const known = before.elements.get(name);
      const part = owners.get(name) ?? known?.part;
      if (part === undefined || count.packets === 0) continue;
      elements.set(name, { part, last: count });
      if (!isKept(part)) continue;
      const total = parts.get(part) ?? {};
      parts.set(part, { ...total, [way]: added(total[way] ?? NOTHING, growth(known, count)) });
    }
  }
  return { parts, elements };
}

/** After a load: all counts have begun anew. */
export function afterLoad({ parts, elements }: MeterReadings): MeterReadings {
  return {
    parts,
    elements: new Map(
      [...elements].map(([name, { part }]) => [name, { part, last: NOTHING }] as const),
    ),
  };
}

/** The readings as the text of their file. */
export function encodeReadings({ parts, elements }: MeterReadings): string {
  return `${JSON.stringify({ format: 1, parts: [...parts], elements: [...elements] })}\n`;
}

/** Reads them again. What can't be read was never counted. */
export function parseReadings(text: string): MeterReadings {
  const told = parseObject(text);
  if (told === undefined || !('parts' in told && 'elements' in told)) return NO_READINGS;
  return {
    parts: new Map(
      pairsOf(told.parts).map(([part, ways]) => {
        const [into, out, both] = ['in', 'out', 'both'].map((way) => countOf(fieldOf(ways, way)));
        return [
          part,
          { ...(into && { in: into }), ...(out && { out }), ...(both && { both }) },
        ] as const;
      }),
    ),
    elements: new Map(
      pairsOf(told.elements).flatMap(([name, reading]) => {
        const part = fieldOf(reading, 'part');
        const last = countOf(fieldOf(reading, 'last'));
        return typeof part === 'string' && last ? [[name, { part, last }] as const] : [];
      }),
    ),
  };
}

// A count that is smaller than it was has begun anew.
function growth(known: ElementReading | undefined, count: Count): Count {
  if (known === undefined) return count;
  const { last } = known;
  if (count.packets < last.packets || count.bytes < last.bytes) return count;
  return { packets: count.packets - last.packets, bytes: count.bytes - last.bytes };
}

function added(one: Count, other: Count): Count {
  return { packets: one.packets + other.packets, bytes: one.bytes + other.bytes };
}

function ownersOf(groups: readonly ElementGroup[]): ReadonlyMap<string, string> {
  return new Map(
    groups.flatMap(({ part, elements }) =>
      elements.map(({ set, key }) => [`${set} ${key}`, part] as const),
    ),
  );
}

function pairsOf(told: unknown): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(told)) return [];
  return told.flatMap((pair: unknown) => {
    const [name, value]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    return typeof name === 'string' ? [[name, value] as const] : [];
  });
}
