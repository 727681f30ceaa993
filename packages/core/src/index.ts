export { MemoryMessageBus } from './adapters/messages/memory-message-bus.js';
export {
  MessageEventBus,
  type MessageEventBusOptions,
} from './adapters/messages/message-event-bus.js';
export { driversOfAnyShare } from './adapters/shares/any-share.js';
export { scryptHasher } from './adapters/system/scrypt-hasher.js';
export { sealingKeysFrom } from './adapters/system/sealing-keys-from.js';
export { systemClock } from './adapters/system/system-clock.js';
export { systemRandom } from './adapters/system/system-random.js';
export { account } from './cloud/account/account.js';
export { addresspool } from './cloud/addresspool/addresspool.js';
export { apikey } from './cloud/apikey/apikey.js';
export type { AuditOptions } from './cloud/auditrecord/audit-settings.js';
export { auditrecord } from './cloud/auditrecord/auditrecord.js';
export type { Consoles, OpenConsole } from './cloud/console/consoles.js';
export type { BroughtContent, Contents, OpenContent } from './cloud/content/contents.js';
export { host } from './cloud/host/host.js';
export { image } from './cloud/image/image.js';
export { imagecopy } from './cloud/imagecopy/imagecopy.js';
export type { AddressOptions } from './cloud/ipaddress/address-settings.js';
export { ipaddress } from './cloud/ipaddress/ipaddress.js';
export { loadbalancer } from './cloud/loadbalancer/loadbalancer.js';
export { login } from './cloud/login/login.js';
export { network } from './cloud/network/network.js';
export { networkrule } from './cloud/networkrule/networkrule.js';
export { offering } from './cloud/offering/offering.js';
export { orphan } from './cloud/orphan/orphan.js';
export type { OrphanOptions, OrphanPolicy } from './cloud/orphan/orphan-settings.js';
export { portforward } from './cloud/portforward/portforward.js';
export type { KeyPair } from './cloud/seed.js';
export { snapshot } from './cloud/snapshot/snapshot.js';
export type { StorageOptions } from './cloud/storagepool/storage-settings.js';
export { storagepool } from './cloud/storagepool/storagepool.js';
export { virtualmachine } from './cloud/virtualmachine/virtualmachine.js';
export { volume } from './cloud/volume/volume.js';
export { vpn } from './cloud/vpn/vpn.js';
export { vpnclient } from './cloud/vpnclient/vpnclient.js';
export type { CloudOptions, CloudRole } from './cloud-options.js';
export { type Cloud, createCloud } from './create-cloud.js';
export type { DependencyContainer, InjectionToken, Plugin } from './di.js';
export {
  BUILT_IN_ACTIONS,
  type BuiltInAction,
  type BuiltInName,
} from './kernel/built-in-actions.js';
export type { BreakerState } from './kernel/circuit-breaker.js';
export type { DriftRules } from './kernel/drift-rules.js';
export type {
  Elimination,
  ExplainedCondition,
  ExplainedLock,
  ExplainedPass,
  Explanation,
  NamedResource,
  RootBlocker,
  Suggestion,
} from './kernel/explain/explanation.js';
export type { ResourceChange, WantedChanges } from './kernel/feed/change.js';
export type {
  ByeReason,
  Feed,
  FeedLimits,
  FeedListener,
  FeedNotice,
  Listening,
  ListenRequest,
  ResetReason,
} from './kernel/feed/feed.js';
export type { CheckResult, Health } from './kernel/health.js';
export type {
  Plan,
  PlannedResource,
  PlannedRoom,
  PlannedStep,
  PlanRequest,
} from './kernel/plan/plan.js';
export { quotaClass } from './kernel/quotas.js';
export type { Acted, Caller, Created, Resources, WriteOptions } from './kernel/resources.js';
export type { AuditDocument, AuditRecord, AuditSeal, ChainPlace } from './model/audit-record.js';
export { coerceForm, type FormValue } from './model/coerce.js';
export { COMMON_FIELDS } from './model/common-fields.js';
export {
  type Condition,
  type ConditionStatement,
  type ConditionType,
  conditionOf,
} from './model/condition.js';
export type { DriftPolicies, DriftPolicy } from './model/drift-policy.js';
export { ERROR_CATALOGUE, type ErrorCode } from './model/error-catalogue.js';
export {
  AskedBefore,
  DriverFailure,
  type ErrorOptions,
  ensureError,
  type FailureOutcome,
  FenceLost,
  PortUnavailable,
  QuotaExceeded,
  ReferenceLost,
  RequestError,
  StillNeeded,
} from './model/errors.js';
export {
  array,
  boolean,
  type Document,
  date,
  enumeration,
  type Field,
  type FieldKind,
  type FieldOptions,
  type Fields,
  type FieldTraits,
  type Format,
  int,
  isNullable,
  map,
  type OpenDocument,
  password,
  type Rest,
  reference,
  type Show,
  string,
  type TextOptions,
  type Write,
} from './model/field.js';
export {
  type Filter,
  type FilterableFields,
  filterableFields,
  type Modifier,
  parseFilter,
} from './model/filter.js';
export { exampleOf } from './model/format.js';
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
export { bodySchema, type Direction, valueSchema, writableFields } from './model/json-schema.js';
export type { Limits } from './model/limits.js';
export { linkEnd } from './model/link-end.js';
export { TypeRegistry } from './model/registry.js';
export type { Repair } from './model/repair.js';
export type {
  ChangeTurns,
  Desired,
  Identity,
  Observed,
  PartRecord,
  Resource,
} from './model/resource.js';
export {
  type Access,
  type ActionDeclaration,
  type ActionTools,
  type AskedAndAnswered,
  type Cost,
  type Declaration,
  type Declared,
  defineResourceType,
  type Lifecycle,
  type LinkDeclaration,
  PLAIN_LIFECYCLE,
  type QuestionDeclaration,
  type ResourceType,
  type Verb,
} from './model/resource-type.js';
export { type Scopes, VERBS } from './model/scopes.js';
export type { Sealed } from './model/sealed.js';
export type { OpenSealed, SealedField } from './model/sealed-fields.js';
export { SecretUnreadable } from './model/secret-unreadable.js';
export {
  STALL_KINDS,
  STALLS,
  type Stall,
  type StallAction,
  type StallActions,
  type StallKind,
  stall,
} from './model/stall.js';
export { COMMON_STATES, type DerivedState, deriveState, isReady } from './model/state.js';
export { addedTraffic, type Traffic, type TrafficByWay } from './model/traffic.js';
export { normalUsername } from './model/username.js';
export { BodyValidator, type Validated } from './model/validate.js';
export type { Answered, Answerer, Asked } from './ports/answerer.js';
export type {
  ChangeQuery,
  ChangeRecord,
  ChangeRecords,
  NumberStretch,
} from './ports/change-records.js';
export type { Cancel, Clock } from './ports/clock.js';
export type { Closeable } from './ports/closeable.js';
export type {
  Accepted,
  Change,
  Driver,
  DriverCall,
  DriverTraits,
  DuplicateObject,
  Foreseen,
  ObjectKey,
  Observation,
  OwnedObject,
  OwnedPage,
  WorkProgress,
} from './ports/driver.js';
export type {
  ApplianceActual,
  ApplianceDesired,
  ApplianceElement,
  ApplianceRepair,
  ApplianceStanding,
  Backend,
  BackendCheck,
  HttpProxying,
  LoadBalancer,
  PortForward,
  PortProtocol,
  PublicAddress,
  ServerLease,
  SourceRule,
  VpnGateway,
  VpnPeer,
} from './ports/drivers/appliance.js';
export { elementsOf } from './ports/drivers/appliance-elements.js';
export type {
  DocumentOnRecord,
  DocumentsOnRecord,
  PairMember,
  PairStanding,
  TakeoverPermit,
} from './ports/drivers/appliance-pair.js';
export type {
  AdoptableDisk,
  AdoptableNic,
  AdoptableServer,
  ComputeDriver,
  DiskActual,
  DiskDesired,
  GuestReport,
  HostReport,
  MaintenanceActual,
  MaintenanceDesired,
  PendingChange,
  SegmentActual,
  SegmentDesired,
  ServerActual,
  ServerDesired,
  ServerDisk,
  ServerNic,
  ServerSnapshotActual,
  ServerSnapshotDesired,
  ServerUsage,
  ShareActual,
  ShareDesired,
  UnmanagedServer,
  UsageSample,
  UsageSpan,
} from './ports/drivers/compute.js';
export type {
  ElementMeter,
  IsolationProof,
  NetworkDriver,
  PhysicalNetwork,
  Segment,
} from './ports/drivers/network.js';
export type {
  ArrivalDesired,
  ArrivedVolume,
  ConfigDriveDesired,
  ConfigDriveFile,
  DiskDrivers,
  DiskFileActual,
  ImageActual,
  ImageCopy,
  ImageDesired,
  ImageFormat,
  ImageSource,
  ImportedImage,
  StorageDriver,
  StoragePoolReport,
  StorageShare,
  UpkeepReport,
  UpkeepRequest,
  VolumeActual,
  VolumeContent,
  VolumeCopy,
  VolumeDesired,
  VolumeOrigin,
  VolumeRestore,
  VolumeSnapshotActual,
  VolumeSnapshotDesired,
} from './ports/drivers/storage.js';
export type {
  ContentFormat,
  ContentPart,
  DiskContent,
  ReceivedContent,
  ReceivingVolume,
  StorageContent,
  StoredDisk,
} from './ports/drivers/storage-content.js';
export type { EventBus, Hint, HintReason } from './ports/event-bus.js';
export type { HealthCheck } from './ports/health-check.js';
export type {
  AdmissionInput,
  ConditionInput,
  ErrorInput,
  Hook,
  HookPoint,
  HookPoints,
  HookRegistration,
  MutationInput,
  PlacementInput,
  Refusal,
} from './ports/hooks.js';
export type { Lease, LockHolder, LockService } from './ports/lock-service.js';
export type { Logger } from './ports/logger.js';
export type { MessageBus } from './ports/message-bus.js';
export {
  type Counter,
  type Histogram,
  type Labels,
  type Meter,
  type Metric,
  NO_METER,
  type Reading,
  SECONDS,
} from './ports/meter.js';
export type { OrphanedObject, OrphanLook } from './ports/orphaned-object.js';
export type { PasswordCost, PasswordHasher } from './ports/password-hasher.js';
export type { Random } from './ports/random.js';
export type {
  ChildDesired,
  Converged,
  FoundResources,
  Outcome,
  Pass,
  Placed,
  PlacementCandidate,
  PlacementRequest,
  Reconciler,
  Unrecorded,
  Unsettled,
  WaitReason,
  WantedResources,
} from './ports/reconciler.js';
export type { RoutineTask } from './ports/routine-task.js';
export type { SealingKey, SealingKeys } from './ports/sealing-keys.js';
export type {
  Addressed,
  AllocationWant,
  Capacity,
  Charge,
  Claim,
  DesiredChange,
  DesiredWrites,
  Draft,
  Due,
  HistoryEvent,
  Ledger,
  ListCriteria,
  ListPage,
  ListPosition,
  ListQuery,
  NumberedItems,
  ObservedWrites,
  Reference,
  ReferenceChange,
  Relative,
  RelativesQuery,
  ResourceReads,
  Scope,
  StatusRecord,
  Store,
  Wanted,
} from './ports/store.js';
export {
  ANSWERER,
  CLOCK,
  CLOSEABLE,
  COMPUTE,
  EVENT_BUS,
  HEALTH_CHECK,
  HOOK,
  LOCK_SERVICE,
  LOGGER,
  MESSAGE_BUS,
  METER,
  NETWORK,
  PASSWORD_HASHER,
  RANDOM,
  RECONCILER,
  RESOURCE_TYPE,
  ROUTINE_TASK,
  STORAGE,
  STORE,
  SWEPT_DRIVER,
  TRACER,
} from './ports/tokens.js';
export {
  NO_SPAN,
  NO_TRACER,
  type Span,
  type SpanAttributes,
  type SpanOptions,
  type Tracer,
} from './ports/tracer.js';
export type { UseRecords } from './ports/use-records.js';
export type {
  AuditDraft,
  KeyedRequest,
  NewSeal,
  OnRecord,
  WriteRecords,
} from './ports/write-records.js';
