import { CLOCK, type Plugin, RANDOM, STORAGE, type StorageDriver } from '@gdcloud/core';
import { createNfsVhdDriver, type NfsVhdOptions, type NfsVhdPorts } from './driver.js';

/**
 * Adds storage on one NFS share (or any folder) to a cloud, with the cloud's own time and chance. `files` puts another
 * file system under it.
 */
export function nfsVhd(
  options: NfsVhdOptions,
  { files }: Partial<Pick<NfsVhdPorts, 'files'>> = {},
): Plugin {
  return (container) => {
    let driver: StorageDriver | undefined;
    container.register(STORAGE, {
      useFactory: (c) =>
        (driver ??= createNfsVhdDriver(options, {
          ...(files === undefined ? {} : { files }),
          clock: c.resolve(CLOCK),
          random: c.resolve(RANDOM),
        })),
    });
  };
}
