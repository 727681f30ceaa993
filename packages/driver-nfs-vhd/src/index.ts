export { createNfsVhdDriver, type NfsVhdOptions, type NfsVhdPorts } from './driver.js';
export type { FileStatus, FileSystem, FileSystemSpace, OpenFile } from './files/file-system.js';
export { nodeFileSystem } from './files/node-file-system.js';
export { nfsVhd } from './plugin.js';
export type { FirstUse } from './share/share-marker.js';
export type { UpkeepOptions } from './upkeep/upkeep-settings.js';
