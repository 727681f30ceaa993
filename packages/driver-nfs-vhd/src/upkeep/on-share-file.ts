import type { OpenFile } from '../files/file-system.js';
import type { Writable } from '../vhd/writable.js';

/** An open file of the share as the codec reads and writes it. */
export function writableOf(file: OpenFile, sizeBytes: number): Writable {
  let size = sizeBytes;
  return {
    get sizeBytes() {
      return size;
    },
    readAt: (target, position) => file.readAt(target, position),
    async writeAt(bytes, position) {
      await file.writeAt(bytes, position);
      size = Math.max(size, position + bytes.byteLength);
    },
    sync: () => file.sync(),
  };
}
