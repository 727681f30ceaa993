import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Json } from '../../model/json.js';
import { MESSAGE_LIMIT } from '../messages/message-size.js';
import { isNumber, isObject, isText, parseJson } from './json-reading.js';

/** The largest message, in bytes, unless configured otherwise: a network of 10,000 forwards takes half of it. */
export const LARGEST_MESSAGE = 4 * 1_048_576;
/** How far clocks of different machines may be apart, and how late a message may come; milliseconds. */
export const CLOCK_TOLERANCE = 60_000;

const VERSION = 1;
const SHORTEST_KEY = 32;
const MOST_KEYS = 2;
const FORM = /^gdh(\d{1,9})\.([0-9a-f]{64})\.([\x20-\x7e]*)$/;
/** What JSON leaves as it is and ASCII has not. */
const BEYOND_ASCII = /[\u007f-\uffff]/g;

/** What a message is for. */
export type EnvelopeKind =
  /** Client to host: asks who is there. */
  | 'seek'
  /** Host to all: it is there, and what drivers it runs. */
  | 'announce'
  /** Client to host: a call of a driver. */
  | 'request'
  /** Client to host: nobody waits for a call any more. */
  | 'cancel'
  /** Host to client: the call is under way. */
  | 'accepted'
  /** Host to client: how the call ended. */
  | 'reply'
  /** Host to all: a server was changed outside. */
  | 'changed';

const KINDS: readonly EnvelopeKind[] = [
  'seek',
  'announce',
  'request',
  'cancel',
  'accepted',
  'reply',
  'changed',
];

/** One message between a kernel and a driver host. */
export interface Envelope {
  readonly kind: EnvelopeKind;
  /**
   * 128 bits by chance, never used for two messages: a resend keeps it, and an answer carries that of its request, so
   * that it answers no other.
   */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** The life of the driver host that is spoken to or speaks; `-` where it is not known. */
  readonly life: string;
  /** When it was sent, in milliseconds since the epoch by the driver host's clock as far as the sender knows it. */
  readonly at: number;
  /** From when on it is of no use, by the same clock. */
  readonly until: number;
  readonly body: Json;
}

/** What the two sides share. */
export interface Seal {
  /**
   * One or two keys of at least 32 bytes. The first signs, each opens. To change a key, put the new one second
   * everywhere, then first everywhere, then take the old one away.
   */
  readonly keys: readonly Uint8Array[];
  /** The largest message, in bytes. */
  readonly largestMessage: number;
}

/** Why a message could not be opened. */
export type Unopened = 'too large' | 'malformed' | 'version' | 'forged';

/** A message that was read, or why it was not. */
export type Opened =
  | { readonly kind: 'opened'; readonly envelope: Envelope }
  | { readonly kind: 'refused'; readonly reason: Unopened };

/** Checks keys. Throws TypeError for what is no safe set of them. */
export function demandKeys(keys: readonly Uint8Array[]): void {
  if (keys.length < 1 || keys.length > MOST_KEYS) {
    throw new TypeError('keys: one key is needed, or two while it is changed');
  }
  if (keys.some(({ length }) => length < SHORTEST_KEY)) {
    throw new TypeError(`keys: each needs at least ${SHORTEST_KEY} bytes`);
  }
}

/** How large messages may be. Throws TypeError for more than a bus carries: such messages would be lost without a word. */
export function demandLargestMessage(bytes = LARGEST_MESSAGE): number {
  if (Number.isInteger(bytes) && bytes > 0 && bytes <= MESSAGE_LIMIT) return bytes;
  throw new TypeError(`largestMessage: ${bytes} is not from 1 to ${MESSAGE_LIMIT} bytes`);
}

/**
 * The text of a message: version, HMAC-SHA256 in hex, and JSON in ASCII. The code covers the very characters that are
 * sent, so that there is one text for a message and no other passes. Undefined when it is larger than allowed.
 */
export function sealed(envelope: Envelope, { keys, largestMessage }: Seal): string | undefined {
  const [key] = keys;
  if (key === undefined) throw new TypeError('a message needs a key');
  const { kind, id, from, to, life, at, until, body } = envelope;
  const content = ascii(JSON.stringify({ kind, id, from, to, life, at, until, body }));
  const text = `gdh${VERSION}.${codeOf(content, key)}.${content}`;
  return text.length > largestMessage ? undefined : text;
}

/** Reads a message. Nothing of it is looked at before its code was found right. Never throws. */
export function opened(text: string, { keys, largestMessage }: Seal): Opened {
  if (text.length > largestMessage) return refused('too large');
  const [, version, code, content] = FORM.exec(text) ?? [];
  if (version === undefined || code === undefined || content === undefined) {
    return refused('malformed');
  }
  if (version !== String(VERSION)) return refused('version');
  const given = Buffer.from(code, 'ascii');
  // No short cut at the first key that fits: which one it was is nobody's to learn.
  const fitting = keys.filter((key) =>
    timingSafeEqual(given, Buffer.from(codeOf(content, key), 'ascii')),
  );
  if (fitting.length === 0) return refused('forged');
  const envelope = parseEnvelope(parseJson(content));
  return envelope === undefined ? refused('malformed') : { kind: 'opened', envelope };
}

/** Whether a message was sent about now. */
export function isTimely({ at }: Envelope, now: number): boolean {
  return Math.abs(now - at) <= CLOCK_TOLERANCE;
}

function parseEnvelope(json: Json | undefined): Envelope | undefined {
  if (!isObject(json)) return undefined;
  const { id, from, to, life, at, until, body } = json;
  const kind = KINDS.find((each) => each === json['kind']);
  if (kind === undefined || body === undefined) return undefined;
  if (!isText(id, 64) || !isText(from, 128) || !isText(to, 128) || !isText(life, 64)) {
    return undefined;
  }
  if (!isNumber(at) || !isNumber(until)) return undefined;
  return { kind, id, from, to, life, at, until, body };
}

function codeOf(content: string, key: Uint8Array): string {
  return createHmac('sha256', key)
    .update(`gdcloud driver host ${VERSION}\n${content}`)
    .digest('hex');
}

function ascii(json: string): string {
  return json.replace(
    BEYOND_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function refused(reason: Unopened): Opened {
  return { kind: 'refused', reason };
}
