import type { Writable } from '../vhd/writable.js';
import type { OpenFile } from './file-system.js';

/** An open file as the codec takes it. */
export async function vhdOnFile(file: OpenFile): Promise<Writable> {
  let { sizeBytes } = await file.status();
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    readAt: (target, position) => file.readAt(target, position),
    async writeAt(bytes, position) {
      await file.writeAt(bytes, position);
      sizeBytes = Math.max(sizeBytes, position + bytes.byteLength);
    },
    sync: () => file.sync(),
  };
}
