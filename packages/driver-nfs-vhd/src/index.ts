export {
  createNfsVhdDriver,
  type ImportOptions,
  type NfsVhdOptions,
  type NfsVhdPorts,
  type NfsVhdSettings,
  type OneShare,
  type SeveralShares,
  type ShareOptions,
} from './driver.js';
export type {
  FileKind,
  FileStatus,
  FileSystem,
  FileSystemSpace,
  FolderEntry,
  OpenFile,
} from './files/file-system.js';
export { nodeFileSystem } from './files/node-file-system.js';
export { type AddressRule, addressRule } from './import/address-rules.js';
export { type HttpRemoteOptions, httpRemote } from './import/http-remote.js';
export { openContent } from './import/open-content.js';
export {
  BrokenOff,
  type OpenRemote,
  type RemoteContent,
  type RemoteRequest,
} from './import/remote.js';
export { nfsVhd } from './plugin.js';
export type { FirstUse } from './share/share-marker.js';
export type { UpkeepOptions } from './upkeep/upkeep-settings.js';
