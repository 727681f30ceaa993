export type { DependencyContainer, InjectionToken, Plugin } from './di.js';
export {
  DriverFailure,
  ERROR_CATALOGUE,
  type ErrorCode,
  type ErrorOptions,
  ensureError,
  type FailureOutcome,
  PortUnavailable,
  RequestError,
} from './model/errors.js';
export {
  asExternalId,
  asFence,
  asId,
  asOperationKey,
  asUuid,
  type Branded,
  type ExternalId,
  type Fence,
  type OperationKey,
  parseUuid,
  type ResourceId,
  type ResourceUuid,
} from './model/identity.js';
export { type Json, type JsonObject, sameJson } from './model/json.js';
export type {
  Accepted,
  Change,
  Driver,
  DriverCall,
  DriverTraits,
  ObjectKey,
  Observation,
  OwnedObject,
  OwnedPage,
} from './ports/driver.js';
export type {
  ComputeDriver,
  DiskActual,
  DiskDesired,
  HostReport,
  SegmentActual,
  SegmentDesired,
  ServerActual,
  ServerDesired,
  ServerDisk,
  ServerNic,
} from './ports/drivers/compute.js';
export type {
  ApplianceActual,
  ApplianceDesired,
  NetworkDriver,
  PhysicalNetwork,
  Segment,
} from './ports/drivers/network.js';
export type {
  DiskFileActual,
  ImageDesired,
  ImageSource,
  StorageDriver,
  StoragePoolReport,
  VolumeDesired,
} from './ports/drivers/storage.js';
export { COMPUTE, NETWORK, STORAGE } from './ports/tokens.js';
