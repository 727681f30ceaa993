import { createHmac, timingSafeEqual } from 'node:crypto';
import { RequestError } from '../../model/errors.js';
import type { Gap, Position } from './position.js';

/** Longer than any position is written. */
const MOST_LETTERS = 2_048;
const SHAPE = /^[0-9a-z]+\.[0-9a-z]+(?:\.[0-9a-z]+(?:-[0-9a-z]+)?)*$/;

/** A position as it was told to somebody. */
export interface ToldPosition {
  readonly position: Position;
  /** When; milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Writes positions so that clients can give them back: the last number read, when that was, and the gaps, each as the
 * distance of its end from there and its length; signed, so that nobody can resume from what was told to nobody, or by
 * another cloud.
 */
export class PositionCodec {
  readonly #key: Uint8Array;

  /** `secret` is this cloud's own, and the same in all of its processes. */
  constructor(secret: Uint8Array) {
    this.#key = createHmac('sha256', secret).update('positions in the feed of changes').digest();
  }

  /** The position as letters, digits, `.`, `-` and `_`. */
  encode({ last, gaps }: Position, at: number): string {
    const words = [last, Math.floor(at / 1_000)].map((number) => number.toString(36));
    for (const gap of gaps) {
      const end = (last - gap.last).toString(36);
      const more = gap.last - gap.first;
      words.push(more === 0 ? end : `${end}-${more.toString(36)}`);
    }
    const text = words.join('.');
    return `${text}.${this.#sign(text)}`;
  }

  /** Reads a position that somebody gives back at `now` (monotonic). Throws InvalidQuery for any other text. */
  decode(given: string, now: number): ToldPosition {
    const end = given.lastIndexOf('.');
    const text = given.slice(0, Math.max(0, end));
    if (given.length > MOST_LETTERS || !SHAPE.test(text)) throw unknown();
    const [signature, right] = [given.slice(end + 1), this.#sign(text)].map((one) =>
      Buffer.from(one),
    );
    if (signature === undefined || right === undefined || signature.length !== right.length)
      throw unknown();
    if (!timingSafeEqual(signature, right)) throw unknown();
    const [last = 0, seconds = 0] = text.split('.', 2).map((word) => Number.parseInt(word, 36));
    const gaps = text.split('.').slice(2);
    return {
      position: { last, gaps: gaps.map((word) => gapIn(word, last, now)) },
      at: seconds * 1_000,
    };
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url').slice(0, 16);
  }
}

function gapIn(word: string, last: number, since: number): Gap {
  const [distance = 0, more = 0] = word.split('-').map((part) => Number.parseInt(part, 36));
  return { first: last - distance - more, last: last - distance, since };
}

function unknown(): RequestError {
  return new RequestError('InvalidQuery', 'this is no position in the feed of this cloud', {
    fieldName: 'after',
    detail: 'Leave it out, list what you want to know, and listen from now on.',
  });
}
