import { MemoryEventBus } from './adapters/events/memory-event-bus.js';
import { MemoryLockService } from './adapters/locks/memory-lock-service.js';
import { scryptHasher } from './adapters/system/scrypt-hasher.js';
import { sealingKeysFrom } from './adapters/system/sealing-keys-from.js';
import { silentLogger } from './adapters/system/silent-logger.js';
import { systemClock } from './adapters/system/system-clock.js';
import { systemRandom } from './adapters/system/system-random.js';
import { registerCloud } from './cloud/cloud-plugin.js';
import { Inventory } from './cloud/inventory/inventory.js';
import { addressSettings } from './cloud/ipaddress/address-settings.js';
import { storageSettings } from './cloud/storagepool/storage-settings.js';
import type { CloudOptions } from './cloud-options.js';
import { type DependencyContainer, type InjectionToken, rootContainer } from './di.js';
import { Sealing } from './kernel/sealing/sealing.js';
import { watchedEvents } from './kernel/telemetry/watched-events.js';
import { watchedLocks } from './kernel/telemetry/watched-locks.js';
import { watchedStore } from './kernel/telemetry/watched-store.js';
import { plugIn } from './plug-in.js';
import type { Clock } from './ports/clock.js';
import type { EventBus } from './ports/event-bus.js';
import type { LockService } from './ports/lock-service.js';
import { type Meter, NO_METER } from './ports/meter.js';
import type { Store } from './ports/store.js';
import {
  CLOCK,
  COMPUTE,
  EVENT_BUS,
  LOCK_SERVICE,
  LOGGER,
  METER,
  NETWORK,
  PASSWORD_HASHER,
  RANDOM,
  STORAGE,
  STORE,
  TRACER,
} from './ports/tokens.js';
import { NO_TRACER } from './ports/tracer.js';

/** A container with a part for each port, and what is in none: nobody is to replace it, or to have it. */
export interface Registered {
  readonly container: DependencyContainer;
  readonly sealing: Sealing;
  readonly inventory: Inventory;
}

/**
 * Registers the adapters that a cloud has by itself, then what its plug-ins bring, and then its own types. Throws TypeError
 * for plug-ins that contradict each other, and for a driver or a store that is missing.
 */
export function registerParts(options: CloudOptions): Registered {
  // One of its own, so that several clouds live in one process.
  const container = rootContainer.createChildContainer();
  container.register(CLOCK, { useValue: systemClock });
  container.register(RANDOM, { useValue: systemRandom });
  container.register(PASSWORD_HASHER, { useValue: scryptHasher() });
  container.register(LOGGER, { useValue: options.logger ?? silentLogger });
  container.register(TRACER, { useValue: NO_TRACER });
  container.register(METER, { useValue: NO_METER });
  container.register(EVENT_BUS, { useValue: new MemoryEventBus() });
  let locks: MemoryLockService | undefined;
  container.register(LOCK_SERVICE, {
    useFactory: (c) =>
      (locks ??= new MemoryLockService(() => c.resolve(STORE).nextIncarnation(), c.resolve(CLOCK))),
  });
  plugIn(container, options.plugins, options.replaceable);
  demand(container, 'a store', STORE);
  demand(container, 'a compute driver', COMPUTE);
  demand(container, 'a storage driver', STORAGE);
  demand(container, 'a network driver', NETWORK);
  // Never under a token: who could replace the keys, or have them, would have what is sealed.
  const keys = options.sealingKeys ?? sealingKeysFrom([options.pepper]);
  const sealing = new Sealing(keys, container.resolve(RANDOM));
  const inventory = new Inventory(container.resolve(CLOCK));
  registerCloud(container, inventory, {
    open: sealing.open,
    ...storageSettings(options.storage),
    ...addressSettings(options.addresses),
  });
  return { container, sealing, inventory };
}

/** The ports that processes share, measured where anybody reads the numbers. */
export function sharedPorts(
  container: DependencyContainer,
  meter: Meter,
  clock: Clock,
): { readonly store: Store; readonly locks: LockService; readonly events: EventBus } {
  const store = container.resolve(STORE);
  const locks = container.resolve(LOCK_SERVICE);
  const events = container.resolve(EVENT_BUS);
  if (!meter.isActive) return { store, locks, events };
  return {
    store: watchedStore(store, meter, clock),
    locks: watchedLocks(locks, meter, clock),
    events: watchedEvents(events, meter),
  };
}

/** All that is registered for a token there may be none for: tsyringe throws then. */
export function registered<T>(
  container: DependencyContainer,
  token: InjectionToken<T>,
): readonly T[] {
  return container.isRegistered(token, true) ? container.resolveAll(token) : [];
}

function demand<T>(container: DependencyContainer, what: string, token: InjectionToken<T>): void {
  if (container.isRegistered(token, true)) return;
  const name = typeof token === 'symbol' ? token.description : 'its token';
  throw new TypeError(`${what} is missing: no plug-in registers ${name}`);
}
