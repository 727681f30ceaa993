import { createHash } from 'node:crypto';
import { asFence, type Fence, parseUuid, type ResourceUuid } from '@gdcloud/core';

/** What is kept under a key: which document, the plan that follows from it, and who had it written. */
export interface ApplianceRecord {
  /** `quarantined`: nobody owns it any more and nobody is to follow it. `removed`: it is gone, but for its remains. */
  readonly state: 'followed' | 'quarantined' | 'removed';
  readonly revision: number;
  readonly plan: string;
  /** What its document speaks of, by uuid, each with its generation. Records of earlier releases tell none. */
  readonly elements: Elements;
  /** Of the caller that had it written: an older one writes no more. */
  readonly fence: Fence;
}

/** Generations by uuid. */
export type Elements = Readonly<Record<ResourceUuid, number>>;

/** Older than every caller: that of a record which tells none. */
export const NO_FENCE: Fence = asFence('');

/** SHA-256 of a plan's text, in hexadecimal. */
export function planHash(plan: string): string {
  return createHash('sha256').update(plan).digest('hex');
}

/** The record as the text of its file: a line about it, which a shell takes for a comment, and the plan. */
export function encodeRecord({ plan, ...about }: ApplianceRecord): string {
  const { state, revision, fence, elements } = about;
  return `# gdcloud ${JSON.stringify({ format: 2, state, revision, fence, elements })}\n${plan}`;
}

/**
 * Reads a record. A text that is none is a record too, older than every other: whatever somebody made of the file, it
 * differs from what is desired, and is written anew like any other difference.
 */
export function parseRecord(text: string): ApplianceRecord {
  const [, head, plan = ''] = /^# gdcloud (\{[^\n]*\})\n(.*)$/s.exec(text) ?? [];
  const about = head === undefined ? undefined : parseHead(head);
  return about === undefined ? damagedRecord(text) : { ...about, plan };
}

/** What is left of a record whose file tells nothing. */
export function damagedRecord(plan: string): ApplianceRecord {
  return { state: 'followed', revision: 0, plan, elements: {}, fence: NO_FENCE };
}

function parseHead(text: string): Omit<ApplianceRecord, 'plan'> | undefined {
  const head = parseObject(text);
  if (head === undefined || !('state' in head && 'revision' in head && 'fence' in head)) {
    return undefined;
  }
  const { state, revision, fence } = head;
  if (state !== 'followed' && state !== 'quarantined' && state !== 'removed') return undefined;
  if (typeof revision !== 'number' || typeof fence !== 'string') return undefined;
  const elements = 'elements' in head ? parseElements(head.elements) : {};
  return elements && { state, revision, elements, fence: asFence(fence) };
}

function parseElements(told: unknown): Elements | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const elements: Record<ResourceUuid, number> = {};
  for (const [name, generation] of Object.entries(told)) {
    const uuid = parseUuid(name);
    if (uuid === undefined || typeof generation !== 'number') return undefined;
    elements[uuid] = generation;
  }
  return elements;
}

/** Reads a JSON object; absent when the text is none. */
export function parseObject(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
