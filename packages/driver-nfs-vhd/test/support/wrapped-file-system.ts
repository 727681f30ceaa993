import type { FileSystem, OpenFile } from '@gdcloud/driver-nfs-vhd';

/** What stands between the driver and the file system: decides for each call, by its name and its path. */
export type Around = <Result>(
  call: string,
  path: string,
  work: () => Promise<Result>,
) => Promise<Result>;

/** A file system of which every call goes through `around`. */
export function wrappedFileSystem(files: FileSystem, around: Around): FileSystem {
  return {
    status: (path) => around('status', path, () => files.status(path)),
    names: (path) => around('names', path, () => files.names(path)),
    entries: (path) => around('entries', path, () => files.entries(path)),
    open: (path) =>
      around('open', path, async () => wrappedFile(await files.open(path), path, around)),
    openForWriting: (path) =>
      around('openForWriting', path, async () =>
        wrappedFile(await files.openForWriting(path), path, around),
      ),
    make: (path, mode) =>
      around('make', path, async () => wrappedFile(await files.make(path, mode), path, around)),
    link: (existing, name) => around('link', name, () => files.link(existing, name)),
    rename: (from, to) => around('rename', to, () => files.rename(from, to)),
    unlink: (path) => around('unlink', path, () => files.unlink(path)),
    makeFolder: (path) => around('makeFolder', path, () => files.makeFolder(path)),
    removeFolder: (path) => around('removeFolder', path, () => files.removeFolder(path)),
    syncFolder: (path) => around('syncFolder', path, () => files.syncFolder(path)),
    space: (path) => around('space', path, () => files.space(path)),
    demandWritable: (path) => around('demandWritable', path, () => files.demandWritable(path)),
  };
}

function wrappedFile(file: OpenFile, path: string, around: Around): OpenFile {
  return {
    status: () => around('file.status', path, () => file.status()),
    readAt: (target, position) => around('readAt', path, () => file.readAt(target, position)),
    writeAt: (bytes, position) => around('writeAt', path, () => file.writeAt(bytes, position)),
    sync: () => around('sync', path, () => file.sync()),
    // Descriptors of a stopped process are closed by the system; the test must not keep them.
    close: () => around('close', path, () => file.close()).catch(() => file.close()),
  };
}

/** A process that stops before its call number `calls` + 1 and does nothing ever after. */
export function stoppingAfter(
  files: FileSystem,
  calls: number,
): { readonly files: FileSystem; stopped(): boolean } {
  let made = 0;
  const around: Around = (_call, _path, work) => {
    made += 1;
    if (made > calls) return Promise.reject(new Error('the process has stopped'));
    return work();
  };
  return { files: wrappedFileSystem(files, around), stopped: () => made > calls };
}

/** Fails the call `call` on paths that contain `path` with the operating system's error, done before that or not. */
export function failing(
  files: FileSystem,
  fault: {
    readonly call: string;
    readonly path?: string;
    readonly code: string;
    readonly errno?: number;
    readonly reply?: 'lost' | 'refused';
  },
): FileSystem {
  return wrappedFileSystem(files, async (call, path, work) => {
    if (call !== fault.call || !path.includes(fault.path ?? '')) return work();
    if (fault.reply === 'lost') await work();
    throw Object.assign(new Error(`${fault.code}: injected`), {
      code: fault.code,
      errno: fault.errno ?? -1,
    });
  });
}

/** Something else happens while the call number `calls` is made, and the call goes on. Tells how many were made. */
export function strikingAt(
  files: FileSystem,
  calls: number,
  strike: () => void,
): { readonly files: FileSystem; readonly made: () => number } {
  let made = 0;
  const around: Around = (_call, _path, work) => {
    made += 1;
    const working = work();
    if (made === calls) strike();
    return working;
  };
  return { files: wrappedFileSystem(files, around), made: () => made };
}

/** Counts calls by name. */
export function counting(files: FileSystem): {
  readonly files: FileSystem;
  readonly calls: Map<string, number>;
} {
  const calls = new Map<string, number>();
  const around: Around = (call, _path, work) => {
    calls.set(call, (calls.get(call) ?? 0) + 1);
    return work();
  };
  return { files: wrappedFileSystem(files, around), calls };
}

/** A process that stops before its call number `calls` + 1 until it is told to go on. */
export function pausingAt(
  files: FileSystem,
  calls: number,
): {
  readonly files: FileSystem;
  readonly reached: Promise<void>;
  goOn(): void;
  wasReached(): boolean;
} {
  let made = 0;
  let goOn = (): void => undefined;
  let tellReached = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    tellReached = resolve;
  });
  const wrapped = wrappedFileSystem(files, async (_call, _path, work) => {
    made += 1;
    if (made === calls + 1) {
      tellReached();
      await gate;
    } else if (made > calls + 1) await gate;
    return work();
  });
  return { files: wrapped, reached, goOn, wasReached: () => made > calls };
}
