import type { DriverProcess, MemoryDisk } from '@gdcloud/core/testing';
import type { FileSystem, OpenFile } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';

/** A disk behind a line that can be cut: then everything asked of it fails, as on a soft mount. */
export interface Line {
  state: 'up' | 'cut';
}

/** An error of the operating system that a disk in memory has none of. */
export function systemError(code: string, errno: number, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code, errno });
}

/** The disk as one process sees it: each call is an I/O point, and its open files are closed when it dies. */
export function filesOf(process: DriverProcess, disk: MemoryDisk, line: Line): FileSystem {
  const files = new MemoryFileSystem(disk);
  const track = (file: OpenFile): OpenFile => {
    process.atEnd(() => void file.close());
    return process.io('file', cuttable(file, line));
  };
  const tracking: FileSystem = {
    status: (path) => files.status(path),
    names: (folder) => files.names(folder),
    entries: (folder) => files.entries(folder),
    open: async (path) => track(await files.open(path)),
    openForWriting: async (path) => track(await files.openForWriting(path)),
    make: async (path, mode) => track(await files.make(path, mode)),
    link: (existing, name) => files.link(existing, name),
    rename: (from, to) => files.rename(from, to),
    unlink: (path) => files.unlink(path),
    makeFolder: (path) => files.makeFolder(path),
    removeFolder: (path) => files.removeFolder(path),
    syncFolder: (path) => files.syncFolder(path),
    space: (path) => files.space(path),
    demandWritable: (folder) => files.demandWritable(folder),
  };
  return process.io('files', cuttable(tracking, line));
}

function cuttable<Port extends object>(port: Port, line: Line): Port {
  return new Proxy(port, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        // A file is closed without asking the server.
        if (line.state === 'cut' && property !== 'close') {
          throw systemError('EIO', -5, 'the server does not answer');
        }
        return await Reflect.apply(value, target, args);
      };
    },
  });
}
