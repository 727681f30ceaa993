export type { DriverHost } from './driver-host.js';
export { type HearManifestOptions, hearManifest } from './hear-manifest.js';
export {
  type DescribedDriver,
  type DriverManifest,
  parseManifest,
  writeManifest,
} from './manifest.js';
export { type RefusalReason, Refusals } from './refusals.js';
export { type RemoteDriversOptions, remoteDrivers } from './remote-drivers.js';
export { describeDrivers, type ServeDriversOptions, serveDrivers } from './serve-drivers.js';
