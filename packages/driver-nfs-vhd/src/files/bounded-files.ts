import type { Clock } from '@gdcloud/core';
import { CallHangs } from './call-hangs.js';
import type { CallLanes, Place } from './call-lanes.js';
import type { FileSystem, OpenFile } from './file-system.js';

/** How many calls may be with the kernel, and for how long anybody waits for one. */
export interface FileBounds {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly patienceMs: number;
  /** Of this share. */
  readonly lanes: CallLanes;
  /** Of all shares of the process together. */
  readonly processLanes: CallLanes;
}

/** How long a call may take before its share is said to hang; milliseconds. A server may be busy for long. */
export const CALL_PATIENCE = 30_000;
/** A share has two calls with the kernel at most: enough to keep a connection busy, few enough to lose. */
export const CALLS_OF_A_SHARE = 2;

/**
 * A share may hang: with a hard mount a call comes back when the server does, and nothing takes it back. Each such call
 * keeps one of libuv's threads, which are few and serve the whole process. So a share gets two of them at most, all
 * shares together leave one free, and nobody waits longer than `patienceMs` for a place, nor for an answer. Throws
 * {@link CallHangs} then.
 */
export function boundedFiles(files: FileSystem, bounds: FileBounds): FileSystem {
  const bounded = <Result>(work: () => Promise<Result>): Promise<Result> => inTime(work, bounds);
  const opened = async (work: () => Promise<OpenFile>): Promise<OpenFile> =>
    boundedFile(await inTime(work, bounds, closeLate), bounds);
  return {
    status: (path) => bounded(() => files.status(path)),
    names: (folder) => bounded(() => files.names(folder)),
    entries: (folder) => bounded(() => files.entries(folder)),
    open: (path) => opened(() => files.open(path)),
    openForWriting: (path) => opened(() => files.openForWriting(path)),
    make: (path, mode) => opened(() => files.make(path, mode)),
    link: (existing, name) => bounded(() => files.link(existing, name)),
    rename: (from, to) => bounded(() => files.rename(from, to)),
    unlink: (path) => bounded(() => files.unlink(path)),
    makeFolder: (path) => bounded(() => files.makeFolder(path)),
    removeFolder: (path) => bounded(() => files.removeFolder(path)),
    syncFolder: (path) => bounded(() => files.syncFolder(path)),
    space: (path) => bounded(() => files.space(path)),
    demandWritable: (folder) => bounded(() => files.demandWritable(folder)),
  };
}

function boundedFile(file: OpenFile, bounds: FileBounds): OpenFile {
  return {
    status: () => inTime(() => file.status(), bounds),
    readAt: (target, position) => inTime(() => file.readAt(target, position), bounds),
    writeAt: (bytes, position) => inTime(() => file.writeAt(bytes, position), bounds),
    sync: () => inTime(() => file.sync(), bounds),
    // It is closed in the end, however long that takes: only whoever asked does not wait for it.
    close: () => withPatience(inLanes(() => file.close(), bounds).result, bounds, 'begun'),
  };
}

/** A file that comes when nobody waits for it any more. */
function closeLate(file: OpenFile): void {
  file.close().catch(() => undefined);
}

async function inTime<Result>(
  work: () => Promise<Result>,
  bounds: FileBounds,
  onLate: (result: Result) => void = () => undefined,
): Promise<Result> {
  const { begun, result, giveUp } = inLanes(work, bounds);
  try {
    await withPatience(begun, bounds, 'notBegun');
  } catch (thrown) {
    giveUp();
    throw thrown;
  }
  try {
    return await withPatience(result, bounds, 'begun');
  } catch (thrown) {
    if (thrown instanceof CallHangs) result.then(onLate, () => undefined);
    throw thrown;
  }
}

/** The work, once there is a place for it: the share's first, so that one share waits for itself alone if it can. */
function inLanes<Result>(
  work: () => Promise<Result>,
  { lanes, processLanes }: FileBounds,
): {
  readonly begun: Promise<void>;
  readonly result: Promise<Result>;
  readonly giveUp: () => void;
} {
  const own = lanes.enter();
  let common: Place | undefined;
  let wanted: 'wanted' | 'givenUp' = 'wanted';
  const demandWanted = (): void => {
    if (wanted === 'givenUp') throw new CallHangs('notBegun');
  };
  const leave = (): void => {
    common?.leave();
    own.leave();
  };
  const begun = own.entered.then(() => {
    demandWanted();
    common = processLanes.enter();
    return common.entered;
  });
  const result = begun
    .then(() => {
      demandWanted();
      return work();
    })
    .finally(leave);
  const giveUp = (): void => {
    wanted = 'givenUp';
    leave();
  };
  // Whoever has given up asks for it no more.
  result.catch(() => undefined);
  return { begun, result, giveUp };
}

async function withPatience<Result>(
  work: Promise<Result>,
  { clock, patienceMs }: FileBounds,
  state: CallHangs['state'],
): Promise<Result> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = clock.schedule(patienceMs, () => reject(new CallHangs(state)));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
