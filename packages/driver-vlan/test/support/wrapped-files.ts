import type { RecordFiles } from '@gdcloud/driver-vlan';

/** Files of which every call goes through `around`. */
export function wrappedFiles(
  files: RecordFiles,
  around: <Result>(call: string, path: string, work: () => Promise<Result>) => Promise<Result>,
): RecordFiles {
  return {
    names: (path) => around('names', path, () => files.names(path)),
    read: (path) => around('read', path, () => files.read(path)),
    write: (path, text) => around('write', path, () => files.write(path, text)),
    rename: (from, to) => around('rename', to, () => files.rename(from, to)),
    link: (existing, name) => around('link', name, () => files.link(existing, name)),
    remove: (path) => around('remove', path, () => files.remove(path)),
    makeFolder: (path) => around('makeFolder', path, () => files.makeFolder(path)),
    removeFolder: (path) => around('removeFolder', path, () => files.removeFolder(path)),
    syncFolder: (path) => around('syncFolder', path, () => files.syncFolder(path)),
  };
}
