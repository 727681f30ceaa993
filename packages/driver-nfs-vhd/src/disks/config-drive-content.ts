import { type ConfigDriveDesired, DriverFailure } from '@gdcloud/core';
import { isoImage } from '../iso/iso-image.js';
import { BLOCK_BYTES } from '../vhd/sizes.js';

/** Bytes of all files together, at most. */
export const LARGEST_CONTENT: number = 2 ** 20;
/** Bytes of a config drive as a server sees it, at most: the files, each to a whole sector, and their folder. */
export const LARGEST_CONFIG_DRIVE: number = 2 * BLOCK_BYTES;
/** Each takes a sector at least, and a folder of them must fit too. */
const MOST_FILES = 64;

/** A config drive's blocks, and how many bytes they are together. Throws DriverFailure `invalid` for what can't be one. */
export function configDriveContent({ label, files }: ConfigDriveDesired): {
  readonly virtualBytes: number;
  readonly blocks: ReadonlyMap<number, Uint8Array>;
} {
  const encoded = files.map(({ name, text }) => ({ name, bytes: Buffer.from(text) }));
  const total = encoded.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total > LARGEST_CONTENT || files.length > MOST_FILES) {
    throw new DriverFailure(
      'invalid',
      'ConfigDriveTooLarge',
      `a config drive holds at most ${MOST_FILES} files and 1 MiB`,
      { remedy: 'Use less user data or fewer keys: let it load the rest from elsewhere.' },
    );
  }
  const image = imageOf(label, encoded);
  const count = Math.max(1, Math.ceil(image.length / BLOCK_BYTES));
  const blocks = Array.from(
    { length: count },
    (_, index) => [index, image.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES)] as const,
  );
  return { virtualBytes: count * BLOCK_BYTES, blocks: new Map(blocks) };
}

function imageOf(label: string, files: Parameters<typeof isoImage>[0]['files']): Uint8Array {
  try {
    return isoImage({ label, files });
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new DriverFailure('invalid', 'ConfigDriveUnreadable', thrown.message, {
      remedy: 'Choose names that every reader of ISO 9660 takes.',
      cause: thrown,
    });
  }
}
