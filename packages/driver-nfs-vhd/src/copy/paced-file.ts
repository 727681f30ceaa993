import type { OpenFile } from '../files/file-system.js';
import { vhdOnFile } from '../files/vhd-on-file.js';
import type { JobTurn } from '../jobs/long-jobs.js';
import type { Writable } from '../vhd/writable.js';

/** An open file as the codec takes it, used only while somebody looks after the work. */
export async function pacedFile(file: OpenFile, turn: Pick<JobTurn, 'pass'>): Promise<Writable> {
  const plain = await vhdOnFile(file);
  return {
    get sizeBytes() {
      return plain.sizeBytes;
    },
    readAt: async (target, position) => {
      await turn.pass();
      return plain.readAt(target, position);
    },
    writeAt: async (bytes, position) => {
      await turn.pass();
      return plain.writeAt(bytes, position);
    },
    sync: async () => {
      await turn.pass();
      return plain.sync();
    },
  };
}
