import { type Plugin, STORAGE } from '@gdcloud/core';
import { createNfsVhdDriver, type NfsVhdOptions } from './driver.js';

/** Adds storage on one NFS share (or any folder) to a cloud. */
export function nfsVhd(options: NfsVhdOptions): Plugin {
  return (container) => {
    container.register(STORAGE, { useValue: createNfsVhdDriver(options) });
  };
}
