import type { FileSystem, OpenFile } from '@gdcloud/driver-nfs-vhd';
import type { Wire } from './wire.js';

/** The file system of a process in the guest. */
export function remoteFiles(wire: Wire): FileSystem {
  // What a call returns is what the port says: the other end serves that very port.
  const call = <Result>(name: string, ...parameters: readonly unknown[]): Promise<Result> =>
    wire.call(name, ...parameters) as Promise<Result>;
  const opened = async (name: string, ...parameters: readonly unknown[]): Promise<OpenFile> => {
    const number = await call<number>(name, ...parameters);
    return {
      status: () => call('fileStatus', number),
      async readAt(target, position) {
        const bytes = await call<Uint8Array>('readAt', number, target.byteLength, position);
        target.set(bytes);
        return bytes.byteLength;
      },
      writeAt: (bytes, position) => call('writeAt', number, bytes, position),
      sync: () => call('sync', number),
      close: () => call('close', number),
    };
  };
  return {
    status: (path) => call('status', path),
    names: (folder) => call('names', folder),
    entries: (folder) => call('entries', folder),
    open: (path) => opened('open', path),
    openForWriting: (path) => opened('openForWriting', path),
    make: (path, mode) => opened('make', path, mode),
    link: (existing, name) => call('link', existing, name),
    rename: (from, to) => call('rename', from, to),
    unlink: (path) => call('unlink', path),
    makeFolder: (path) => call('makeFolder', path),
    removeFolder: (path) => call('removeFolder', path),
    syncFolder: (path) => call('syncFolder', path),
    space: (path) => call('space', path),
    demandWritable: (folder) => call('demandWritable', folder),
  };
}
