import { RequestError } from '@gdcloud/core';
import { WireFault } from '../response/wire-fault.js';

/** How much more than the limit is swallowed so that the sender lives to read the answer. */
const PATIENCE = 8;

/**
 * Collects a body of at most `limit` bytes. A longer one is read on for a while and dropped, because a client that is
 * still sending would see a reset instead of the answer. Throws
 * BodyTooLarge, or BadRequest when the body broke off.
 */
export async function collect(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size <= limit) chunks.push(chunk);
      else if (size > limit * PATIENCE) break;
    }
  } catch (cause) {
    throw new WireFault('BadRequest', 'the body broke off', { cause });
  }
  if (size > limit) {
    throw new RequestError('BodyTooLarge', `the body is longer than ${limit} bytes`);
  }
  const only = chunks[0];
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size);
}

/** The first bytes of a body that are no white space, as text; enough to tell what it is. */
export function startOf(bytes: Uint8Array): string {
  const first = bytes.findIndex((byte) => byte > 0x20);
  return first === -1 ? '' : Buffer.from(bytes.subarray(first, first + 512)).toString('latin1');
}

/** Decodes UTF-8 strictly. Throws InvalidBodyContent for anything else, a byte order mark included. */
export function decodeBody(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RequestError('InvalidBodyContent', 'the body is not UTF-8', { cause });
  }
  if (text.startsWith('\ufeff')) {
    throw new RequestError('InvalidBodyContent', 'the body starts with a byte order mark');
  }
  return text;
}
