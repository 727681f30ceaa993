import { FOOTER_BYTES, type ParsedFooter, parseFooter } from './footer.js';
import { type Readable, readExactly } from './reader.js';
import { VhdError } from './vhd-error.js';

/** Virtual PC's early files end with a footer that lacks its last, unused byte. */
const SHORT_FOOTER_BYTES = 511;

/** What was found where a footer may be. */
export type FooterReading =
  | { readonly kind: 'sound'; readonly footer: ParsedFooter; readonly bytes: Uint8Array }
  /** XenServer overwrites the last footer for as long as a server has the disk open for writing. */
  | { readonly kind: 'killed' }
  /** There is none. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'damaged'; readonly error: VhdError; readonly bytes: Uint8Array };

/** Both copies of a footer. A fixed VHD has no first one. */
export interface Footers {
  readonly first: FooterReading;
  readonly last: FooterReading;
  /** Where the last footer is, or would be. */
  readonly lastPosition: number;
}

/** Reads both footers. Throws only what `file.readAt` throws, and {@link VhdError} `Truncated` for a file with no room for one. */
export async function readFooters(file: Readable): Promise<Footers> {
  if (file.sizeBytes < SHORT_FOOTER_BYTES) {
    throw new VhdError('Truncated', `a file of ${file.sizeBytes} bytes has no room for a footer`);
  }
  const lastBytes =
    file.sizeBytes % FOOTER_BYTES === SHORT_FOOTER_BYTES ? SHORT_FOOTER_BYTES : FOOTER_BYTES;
  const lastPosition = file.sizeBytes - lastBytes;
  const first = await readExactly(file, 0, Math.min(FOOTER_BYTES, file.sizeBytes));
  const last = await readExactly(file, lastPosition, lastBytes);
  return { first: readingOf(whole(first)), last: readingOf(whole(last)), lastPosition };
}

function whole(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength === FOOTER_BYTES) return bytes;
  const padded = new Uint8Array(FOOTER_BYTES);
  padded.set(bytes);
  return padded;
}

function readingOf(bytes: Uint8Array): FooterReading {
  // A killed footer is all 0xC7; of a short one the padded byte does not count.
  if (bytes.subarray(0, SHORT_FOOTER_BYTES).every((byte) => byte === 0xc7))
    return { kind: 'killed' };
  try {
    return { kind: 'sound', footer: parseFooter(bytes), bytes };
  } catch (thrown) {
    if (!(thrown instanceof VhdError)) throw thrown;
    return thrown.code === 'NotAVhd'
      ? { kind: 'missing' }
      : { kind: 'damaged', error: thrown, bytes };
  }
}
