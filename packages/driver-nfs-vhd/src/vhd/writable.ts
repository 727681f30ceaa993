import type { Readable } from './reader.js';

/**
 * A file that can be read and written at any position: all that writing a VHD needs. Calls may overlap. Writing behind
 * the end makes the file longer, with a hole that reads as zeros; `sizeBytes` follows.
 */
export interface Writable extends Readable {
  /** Writes all of `bytes`. They are durable only after {@link sync}. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes durable what was written before the call. */
  sync(): Promise<void>;
}
