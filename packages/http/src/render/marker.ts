import { createHmac, timingSafeEqual } from 'node:crypto';
import { asUuid, type ListPosition, parseUuid, RequestError } from '@gdcloud/core';

/** Where a page starts, and where the pages before it started. */
export interface Marker {
  readonly after: ListPosition;
  /** Starts of the pages before, the latest last; the first page needs none. Not all: a marker must fit into a URL. */
  readonly back: readonly ListPosition[];
  /** Number of the page, the first being 1. */
  readonly page: number;
}

const SIGNATURE_BYTES = 16;
const MAX_BACK = 8;

/**
 * Writes and reads the opaque `marker` of a list. A marker is signed together with `scope`, a text that names caller,
 * collection, filters and order, so that it is good for the very list it was made for and for nobody else.
 */
export class MarkerCodec {
  readonly #key: Uint8Array;

  /** `key`: at least 32 secret bytes; markers survive restarts if it does. */
  constructor(key: Uint8Array) {
    if (key.byteLength < 32) throw new TypeError('markerKey must have at least 32 bytes');
    this.#key = key;
  }

  /** The text to put into a URL. */
  write(marker: Marker, scope: string): string {
    const back = marker.back.slice(-MAX_BACK).map(({ value, uuid }) => [value, uuid]);
    const content = Buffer.from(
      JSON.stringify([marker.after.value, marker.after.uuid, marker.page, back]),
    );
    return Buffer.concat([this.#sign(content, scope), content]).toString('base64url');
  }

  /** Throws InvalidQuery for anything that {@link write} did not make for this scope (bad input B12). */
  read(text: string, scope: string): Marker {
    const bytes = Buffer.from(text, 'base64url');
    const content = bytes.subarray(SIGNATURE_BYTES);
    const signature = bytes.subarray(0, SIGNATURE_BYTES);
    if (
      bytes.toString('base64url') !== text ||
      signature.byteLength !== SIGNATURE_BYTES ||
      !timingSafeEqual(signature, this.#sign(content, scope))
    ) {
      throw new RequestError('InvalidQuery', 'this marker does not belong to this list', {
        fieldName: 'marker',
      });
    }
    return parseContent(JSON.parse(content.toString()));
  }

  #sign(content: Uint8Array, scope: string): Uint8Array {
    return createHmac('sha256', this.#key)
      .update(content)
      .update('\u0000')
      .update(scope)
      .digest()
      .subarray(0, SIGNATURE_BYTES);
  }
}

function parseContent(content: unknown): Marker {
  if (!Array.isArray(content)) throw new TypeError('a signed marker holds a list');
  const [value, uuid, page, back]: readonly unknown[] = content;
  return {
    after: parsePosition([value, uuid]),
    page: Number(page),
    back: Array.isArray(back) ? back.map(parsePosition) : [],
  };
}

function parsePosition(pair: unknown): ListPosition {
  if (!Array.isArray(pair)) throw new TypeError('a signed position is a list');
  const [value, uuid]: readonly unknown[] = pair;
  return {
    value: typeof value === 'string' || typeof value === 'number' ? value : null,
    uuid: parseUuid(String(uuid)) ?? asUuid(String(uuid)),
  };
}
