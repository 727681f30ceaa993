import type { Writable } from './writable.js';

/** Enough that a disk is busy with it for longer than a sync takes to begin. */
const STEP_BYTES = 64 * 1024 * 1024;

/**
 * A file that is synced while it is written, each 64 MiB, so that the disk works along and the last sync finds little
 * left to do. A failure of such a sync, which a system tells only once, is the failure of the next one that is asked for.
 * `idle` resolves once none is under way: before that the file must not be closed.
 */
export function syncAhead(file: Writable): Writable & { idle(): Promise<void> } {
  let written = 0;
  let ahead: Promise<void> | undefined;
  let failure: { readonly thrown: unknown } | undefined;
  const begin = (): void => {
    written = 0;
    ahead = file
      .sync()
      .catch((thrown: unknown) => {
        failure ??= { thrown };
      })
      .finally(() => {
        ahead = undefined;
      });
  };
  return {
    idle: async () => ahead,
    get sizeBytes() {
      return file.sizeBytes;
    },
    readAt: (target, position) => file.readAt(target, position),
    async writeAt(bytes, position) {
      await file.writeAt(bytes, position);
      written += bytes.byteLength;
      if (written >= STEP_BYTES && ahead === undefined) begin();
    },
    async sync() {
      await ahead;
      if (failure !== undefined) throw failure.thrown;
      await file.sync();
    },
  };
}
