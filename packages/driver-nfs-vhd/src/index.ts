export {
  createNfsVhdDriver,
  type NfsVhdOptions,
  type NfsVhdPorts,
  type NfsVhdSettings,
  type OneShare,
  type SeveralShares,
  type ShareOptions,
} from './driver.js';
export type { FileStatus, FileSystem, FileSystemSpace, OpenFile } from './files/file-system.js';
export { nodeFileSystem } from './files/node-file-system.js';
export { nfsVhd } from './plugin.js';
export type { FirstUse } from './share/share-marker.js';
