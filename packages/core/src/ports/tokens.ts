import type { InjectionToken } from '../di.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Answerer } from './answerer.js';
import type { Clock } from './clock.js';
import type { Closeable } from './closeable.js';
import type { Driver } from './driver.js';
import type { ComputeDriver } from './drivers/compute.js';
import type { NetworkDriver } from './drivers/network.js';
import type { StorageDriver } from './drivers/storage.js';
import type { EventBus } from './event-bus.js';
import type { HealthCheck } from './health-check.js';
import type { HookRegistration } from './hooks.js';
import type { LockService } from './lock-service.js';
import type { Logger } from './logger.js';
import type { MessageBus } from './message-bus.js';
import type { Meter } from './meter.js';
import type { PasswordHasher } from './password-hasher.js';
import type { Random } from './random.js';
import type { Reconciler } from './reconciler.js';
import type { RoutineTask } from './routine-task.js';
import type { Store } from './store.js';
import type { Tracer } from './tracer.js';

// Symbol.for makes the tokens survive two copies of this package in one process.

/** The driver that runs servers. */
export const COMPUTE: InjectionToken<ComputeDriver> = Symbol.for('@gdcloud/core/ComputeDriver');

/** The driver that keeps images and volumes. */
export const STORAGE: InjectionToken<StorageDriver> = Symbol.for('@gdcloud/core/StorageDriver');

/** The driver that carries private networks. */
export const NETWORK: InjectionToken<NetworkDriver> = Symbol.for('@gdcloud/core/NetworkDriver');

/** What processes tell each other: hints, and requests to driver hosts. */
export const MESSAGE_BUS: InjectionToken<MessageBus> = Symbol.for('@gdcloud/core/MessageBus');

/** Desired and observed state. */
export const STORE: InjectionToken<Store> = Symbol.for('@gdcloud/core/Store');

/** Hints between processes. */
export const EVENT_BUS: InjectionToken<EventBus> = Symbol.for('@gdcloud/core/EventBus');

/** Locks between processes. */
export const LOCK_SERVICE: InjectionToken<LockService> = Symbol.for('@gdcloud/core/LockService');

/** Time. */
export const CLOCK: InjectionToken<Clock> = Symbol.for('@gdcloud/core/Clock');

/** Chance. */
export const RANDOM: InjectionToken<Random> = Symbol.for('@gdcloud/core/Random');

/** How passwords of people are hashed. */
export const PASSWORD_HASHER: InjectionToken<PasswordHasher> = Symbol.for(
  '@gdcloud/core/PasswordHasher',
);

/** Where to log. */
export const LOGGER: InjectionToken<Logger> = Symbol.for('@gdcloud/core/Logger');

/** Where spans go. */
export const TRACER: InjectionToken<Tracer> = Symbol.for('@gdcloud/core/Tracer');

/** Where numbers go. */
export const METER: InjectionToken<Meter> = Symbol.for('@gdcloud/core/Meter');

/** Registered once for each thing that the cloud stands on besides its store and its locks. */
export const HEALTH_CHECK: InjectionToken<HealthCheck> = Symbol.for('@gdcloud/core/HealthCheck');

/** Registered once for each resource type. */
export const RESOURCE_TYPE: InjectionToken<ResourceType> = Symbol.for('@gdcloud/core/ResourceType');

/** Registered once for each resource type that something outside stands for. */
export const RECONCILER: InjectionToken<Reconciler> = Symbol.for('@gdcloud/core/Reconciler');

/** Registered once for each question of a type that can be answered. */
export const ANSWERER: InjectionToken<Answerer> = Symbol.for('@gdcloud/core/Answerer');

/** Registered once for each hook. */
export const HOOK: InjectionToken<HookRegistration> = Symbol.for('@gdcloud/core/Hook');

/** Registered once for each task that runs from time to time. */
export const ROUTINE_TASK: InjectionToken<RoutineTask> = Symbol.for('@gdcloud/core/RoutineTask');

/** Registered once for each driver that is swept for orphans, besides those of `COMPUTE`, `STORAGE` and `NETWORK`. */
export const SWEPT_DRIVER: InjectionToken<Driver<unknown, unknown>> = Symbol.for(
  '@gdcloud/core/SweptDriver',
);

/** Registered once for each thing of a plug-in that must be closed when the cloud stops. Closed last, in the order of registration. */
export const CLOSEABLE: InjectionToken<Closeable> = Symbol.for('@gdcloud/core/Closeable');
