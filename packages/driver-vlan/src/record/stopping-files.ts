import type { RecordFiles } from './record-files.js';

/**
 * Files for one call of the driver: once its `signal` aborts, what is under way is left alone at once, and nothing more
 * is begun. Methods then throw the signal's reason.
 */
export function stoppingFiles(files: RecordFiles, signal: AbortSignal): RecordFiles {
  const step = <Result>(work: () => Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const stop = (): void => reject(signal.reason);
      signal.addEventListener('abort', stop);
      work()
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', stop));
    });
  return {
    names: (folder) => step(() => files.names(folder)),
    read: (path) => step(() => files.read(path)),
    write: (path, text) => step(() => files.write(path, text)),
    rename: (from, to) => step(() => files.rename(from, to)),
    link: (existing, name) => step(() => files.link(existing, name)),
    remove: (path) => step(() => files.remove(path)),
    makeFolder: (path) => step(() => files.makeFolder(path)),
    removeFolder: (path) => step(() => files.removeFolder(path)),
    syncFolder: (path) => step(() => files.syncFolder(path)),
  };
}
