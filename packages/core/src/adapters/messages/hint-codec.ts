import { parseUuid } from '../../model/identity.js';
import type { Hint, HintReason } from '../../ports/event-bus.js';
import { exceeds } from './message-size.js';

/** The most a hint may take on the wire; bytes (reference/kernel.md 1.5). */
export const HINT_LIMIT = 1_024;

/** Why a text was not taken for a hint: it is no hint at all, it is one of another version, or it is too long to be one. */
export type HintRefusal = 'malformed' | 'foreign' | 'oversized';

/** What a text turned out to be. */
export type DecodedHint =
  | { readonly kind: 'hint'; readonly hint: Hint }
  | { readonly kind: 'refused'; readonly reason: HintRefusal };

const VERSION = 1;

const REASONS: readonly HintReason[] = ['changed', 'dependency', 'backend'];

// W3C Trace Context, version 00.
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Writes a hint as JSON of version 1. A trace that is no traceparent is left out. */
export function encodeHint({ uuid, account, reason, trace }: Hint): string {
  return JSON.stringify({ v: VERSION, uuid, account, reason, trace: traceOf(trace) });
}

/** Reads a text that anybody may have sent. Never throws. Fields it does not know count for nothing. */
export function decodeHint(text: string): DecodedHint {
  if (exceeds(text, HINT_LIMIT)) return refused('oversized');
  const envelope = parsed(text);
  if (typeof envelope !== 'object' || envelope === null) return refused('malformed');
  const { v, uuid, account, reason, trace }: Envelope = envelope;
  if (v !== VERSION) return refused(typeof v === 'number' ? 'foreign' : 'malformed');
  const hint = {
    uuid: uuidOf(uuid),
    account: uuidOf(account),
    reason: REASONS.find((known) => known === reason),
  };
  if (hint.uuid === undefined || hint.account === undefined || hint.reason === undefined)
    return refused('malformed');
  const said = { uuid: hint.uuid, account: hint.account, reason: hint.reason };
  const followed = traceOf(trace);
  return { kind: 'hint', hint: followed === undefined ? said : { ...said, trace: followed } };
}

interface Envelope {
  readonly v?: unknown;
  readonly uuid?: unknown;
  readonly account?: unknown;
  readonly reason?: unknown;
  readonly trace?: unknown;
}

function refused(reason: HintRefusal): DecodedHint {
  return { kind: 'refused', reason };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function uuidOf(value: unknown): ReturnType<typeof parseUuid> {
  return typeof value === 'string' ? parseUuid(value) : undefined;
}

function traceOf(value: unknown): string | undefined {
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : undefined;
}
