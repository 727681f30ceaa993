import { MemoryEventBus } from './adapters/events/memory-event-bus.js';
import { MemoryLockService } from './adapters/locks/memory-lock-service.js';
import { scryptHasher } from './adapters/system/scrypt-hasher.js';
import { sealingKeysFrom } from './adapters/system/sealing-keys-from.js';
import { silentLogger } from './adapters/system/silent-logger.js';
import { systemClock } from './adapters/system/system-clock.js';
import { systemRandom } from './adapters/system/system-random.js';
import { account } from './cloud/account/account.js';
import { apikey } from './cloud/apikey/apikey.js';
import { type AuditOptions, auditSettings } from './cloud/auditrecord/audit-settings.js';
import { forgetRecords } from './cloud/auditrecord/forget-records.js';
import { sealRecords } from './cloud/auditrecord/seal-records.js';
import { verifyAnswerer } from './cloud/auditrecord/verify-question.js';
import { registerCloud } from './cloud/cloud-plugin.js';
import { consoleAnswerer } from './cloud/console/console-answerer.js';
import { ConsoleTickets } from './cloud/console/console-tickets.js';
import { type Consoles, consolesOf } from './cloud/console/consoles.js';
import type { Contents } from './cloud/content/contents.js';
import { contentsOf } from './cloud/content/contents-of.js';
import { forgetRemoved } from './cloud/forget-removed.js';
import { Inventory } from './cloud/inventory/inventory.js';
import { listenToBackends } from './cloud/inventory/listen-to-backends.js';
import { takeStock } from './cloud/inventory/take-stock.js';
import { type AddressOptions, addressSettings } from './cloud/ipaddress/address-settings.js';
import { DEFAULT_LIMITS } from './cloud/limits.js';
import { login } from './cloud/login/login.js';
import { vouchForAppliances } from './cloud/network/documents-on-record.js';
import { isolationAnswerer } from './cloud/network/isolation-answerer.js';
import { planAnswerer } from './cloud/network/plan-answerer.js';
import { countOrphans } from './cloud/orphan/count-orphans.js';
import { orphanReconciler } from './cloud/orphan/orphan-reconciler.js';
import { type OrphanOptions, orphanSettings } from './cloud/orphan/orphan-settings.js';
import { sweepForOrphans } from './cloud/orphan/sweep-for-orphans.js';
import { sweptDrivers } from './cloud/orphan/swept-drivers.js';
import { ADMINISTRATOR, type KeyPair, seed } from './cloud/seed.js';
import { type StorageOptions, storageSettings } from './cloud/storagepool/storage-settings.js';
import { keepTraffic } from './cloud/usage/keep-traffic.js';
import { quotaAnswerer } from './cloud/usage/quota-answerer.js';
import { storageAnswerer } from './cloud/usage/storage-answerer.js';
import { trafficAnswerers } from './cloud/usage/traffic-answerer.js';
import { usageAnswerer } from './cloud/usage/usage-answerer.js';
import { removeDiscarded } from './cloud/virtualmachine/remove-discarded.js';
import { type DependencyContainer, type InjectionToken, type Plugin, rootContainer } from './di.js';
import type { BreakerState } from './kernel/circuit-breaker.js';
import { Credentials } from './kernel/credentials.js';
import type { DriftRules } from './kernel/drift-rules.js';
import type { Explanation } from './kernel/explain/explanation.js';
import { ChangeFeed } from './kernel/feed/change-feed.js';
import type { Feed, FeedLimits } from './kernel/feed/feed.js';
import { noticedWrites } from './kernel/feed/noticed-writes.js';
import type { Health } from './kernel/health.js';
import { IdentitySource } from './kernel/identities.js';
import { Kernel } from './kernel/kernel.js';
import { Passwords } from './kernel/passwords.js';
import type { Resources } from './kernel/resources.js';
import { keepSealed } from './kernel/sealing/keep-sealed.js';
import { Sealing } from './kernel/sealing/sealing.js';
import { Telemetry } from './kernel/telemetry/telemetry.js';
import { watchedEvents } from './kernel/telemetry/watched-events.js';
import { watchedLocks } from './kernel/telemetry/watched-locks.js';
import { watchedStore } from './kernel/telemetry/watched-store.js';
import type { ResourceUuid } from './model/identity.js';
import type { Limits } from './model/limits.js';
import type { TypeRegistry } from './model/registry.js';
import { plugIn } from './plug-in.js';
import type { Clock } from './ports/clock.js';
import type { EventBus } from './ports/event-bus.js';
import type { LockService } from './ports/lock-service.js';
import type { Logger } from './ports/logger.js';
import { type Meter, NO_METER } from './ports/meter.js';
import type { SealingKeys } from './ports/sealing-keys.js';
import type { Store } from './ports/store.js';
import {
  ANSWERER,
  CLOCK,
  CLOSEABLE,
  COMPUTE,
  EVENT_BUS,
  HEALTH_CHECK,
  HOOK,
  LOCK_SERVICE,
  LOGGER,
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
import { NO_TRACER, type Tracer } from './ports/tracer.js';

/** What a cloud is made of. */
export interface CloudOptions {
  /**
   * The store and the drivers, and whatever else adds types, hooks, reconcilers or tasks, or fills a port. `createCloud`
   * throws TypeError where two fill one port, and where one replaces `CLOCK`, `RANDOM`, `PASSWORD_HASHER` or `LOGGER`.
   */
  readonly plugins: readonly Plugin[];
  /**
   * Ports that a plug-in may register though there is one already, by token: `[STORE]` for a plug-in that wraps the store of
   * another. The last one wins. Default: none. `createCloud` throws TypeError for what is no port.
   */
  readonly replaceable?: readonly InjectionToken<unknown>[] | undefined;
  /** This cloud's own secret, at least 16 bytes, kept outside its database: without it stored digests of keys open nothing. */
  readonly pepper: Uint8Array;
  /**
   * The keys that secrets which have to be read again are sealed under in the database: user data of servers, private keys.
   * Default: one that is derived from the pepper. See `sealingKeysFrom`.
   */
  readonly sealingKeys?: SealingKeys | undefined;
  /** The administrator's key. Made known at each start; another secret for the same access key replaces the old one. */
  readonly administratorKey?: KeyPair | undefined;
  readonly logger?: Logger | undefined;
  /** What is done about objects outside that no resource owns. Default: they are looked for and reported. */
  readonly orphans?: OrphanOptions | undefined;
  /** When shares are told to be getting full. Default: from 80 and from 90 percent on. */
  readonly storage?: StorageOptions | undefined;
  /** How long the audit log is kept. Default: 400 days. */
  readonly audit?: AuditOptions | undefined;
  /** How addresses on the outside are treated. */
  readonly addresses?: AddressOptions | undefined;
  /** How much the change feed tells, and how many. */
  readonly feed?: Partial<FeedLimits> | undefined;
  /** How many resources are worked on at a time. Default 64. */
  readonly workers?: number | undefined;
  /**
   * How much an account may have at a time, by class, in place of the defaults: 100 `virtualmachines`, 20 `networks`,
   * 100 `volumes`, 1,200 `volumeGb`, 100 `snapshots`. Infinity lifts a limit. What `limits` of an account says goes before it;
   * administrators have no limits but those.
   */
  readonly limits?: Limits | undefined;
  /**
   * What to do when somebody else changes outside objects, by type and field:
   * `{ virtualmachine: { 'server.powerState': 'report' } }`. Goes before what the types say; `repair` where nobody says
   * anything. `createCloud` throws TypeError for a type that there is not.
   */
  readonly drift?: DriftRules | undefined;
  /**
   * What this process does. `api` takes requests, `kernel` makes the world as asked; both by default. Several processes
   * need a store, an event bus and locks that reach all of them.
   */
  readonly roles?: readonly CloudRole[] | undefined;
}

/** A part of the work that a process may take on. */
export type CloudRole = 'api' | 'kernel';

/** A cloud in this process. */
export interface Cloud extends AsyncDisposable {
  readonly types: TypeRegistry;
  readonly resources: Resources;
  /** Where consoles of servers are opened; for whoever takes WebSockets in front of it. */
  readonly consoles: Consoles;
  /** The bytes of images, volumes and snapshots; for whoever carries them to clients. */
  readonly contents: Contents;
  /** Changes as they happen; for whoever carries them to clients. */
  readonly feed: Feed;
  /** How many resources wait for a pass, and how many are being worked on. */
  readonly load: { readonly queued: number; readonly active: number };
  /** Why a resource is not as asked yet, or that it is, told to the operator, who sees all. Throws RequestError for an unknown uuid. */
  explain(uuid: ResourceUuid): Promise<Explanation>;
  /** Backends that failed since they last answered, and whether this process leaves them alone. */
  readonly breakers: readonly BreakerState[];
  /** Where spans go; for whoever takes requests in front of it. */
  readonly tracer: Tracer;
  /** Where numbers go. */
  readonly meter: Meter;
  /** Whether requests can be answered, and which of the things it stands on answer. Never rejects; a few seconds at most. */
  health(): Promise<Health>;
  /** Migrates the database, puts in what every cloud starts with, and starts work. Throws what keeps it from starting; may be called again then. */
  start(): Promise<void>;
  /** Ends work and gives up the database. There is nothing to flush: killing the process is as good. */
  stop(): Promise<void>;
}

/** Puts a cloud together. Does no I/O before `start`. Throws when a driver or the store is missing, naming its token. */
export function createCloud(options: CloudOptions): Cloud {
  if (options.pepper.length < 16) throw new TypeError('pepper: at least 16 bytes are needed');
  const container = containerOf(options);
  const clock = container.resolve(CLOCK);
  const random = container.resolve(RANDOM);
  const logger = container.resolve(LOGGER);
  const tracer = container.resolve(TRACER);
  const meter = container.resolve(METER);
  const telemetry = new Telemetry({ tracer, meter, clock });
  const { store: written, locks, events } = portsOf(container, meter, clock);
  const store = noticedWrites(written, () => feed.look());
  const compute = container.resolve(COMPUTE);
  const storage = container.resolve(STORAGE);
  const network = container.resolve(NETWORK);
  const identities = new IdentitySource(clock, random);
  const { pepper } = options;
  const hasher = container.resolve(PASSWORD_HASHER);
  const credentials = new Credentials(
    random,
    pepper,
    new Passwords({ hasher, random, clock, pepper }),
  );
  const sealing = container.resolve(SEALING);
  const newUuid = (): ReturnType<IdentitySource['next']> => identities.next();
  const tickets = new ConsoleTickets({ store, clock, secrets: credentials, newUuid });
  const inventory = container.resolve(INVENTORY);
  const orphans = orphanSettings(options.orphans);
  const audit = auditSettings(options.audit);
  const digest = (text: string): string => credentials.digest(text);
  const roles = options.roles ?? ['api', 'kernel'];
  const drivers = sweptDrivers({
    compute,
    storage,
    network,
    others: registered(container, SWEPT_DRIVER),
  });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const kernel = new Kernel({
    store,
    events,
    locks,
    clock,
    random,
    logger,
    telemetry,
    checks: registered(container, HEALTH_CHECK),
    identities,
    credentials,
    sealing,
    types: container.resolveAll(RESOURCE_TYPE),
    reconcilers: [...container.resolveAll(RECONCILER), orphanReconciler(drivers, orphans)],
    hooks: container.resolveAll(HOOK),
    answerers: [
      consoleAnswerer(compute, tickets),
      usageAnswerer(compute, clock),
      storageAnswerer(store),
      quotaAnswerer(store, container.resolveAll(RESOURCE_TYPE), limits),
      verifyAnswerer(account, { store, digest, clock, settings: audit }),
      ...trafficAnswerers(store),
      isolationAnswerer({ driver: network, store, clock }),
      planAnswerer(network, store, clock, sealing.open),
      ...registered(container, ANSWERER),
    ],
    tasks: [
      takeStock({
        compute,
        storage,
        inventory,
        store,
        events,
        clock,
        newUuid,
        owner: ADMINISTRATOR,
      }),
      forgetRemoved(store, clock),
      removeDiscarded({
        store,
        locks,
        events,
        clock,
        logger,
        remove: (server, why) => kernel.remove(server, why),
      }),
      forgetRecords(store, clock, audit),
      sealRecords({ store, locks, logger, digest }),
      keepSealed({
        types: container.resolveAll(RESOURCE_TYPE),
        sealing,
        store,
        locks,
        clock,
        logger,
        meter,
      }),
      tickets.sweep,
      ...keepTraffic({ driver: network, store, clock, logger, meter }),
      ...listenToBackends({ compute, network }, events, ADMINISTRATOR),
      ...vouchForAppliances(network, store),
      sweepForOrphans({
        drivers: new Map([...drivers].map(([name, one]) => [name, telemetry.watched(one)])),
        everyMs: orphans.everyMs,
        store,
        events,
        clock,
        logger,
        newUuid,
        owner: ADMINISTRATOR,
      }),
      ...registered(container, ROUTINE_TASK),
    ],
    apikey,
    login,
    account,
    limits,
    workers: options.workers ?? 64,
    drift: options.drift,
  });
  const feed = new ChangeFeed({
    store,
    types: kernel.types,
    events,
    clock,
    logger,
    meter,
    secret: options.pepper,
    callers: new Set([apikey.id, login.id, account.id]),
    limits: options.feed,
  });
  countOrphans(meter, store);
  return {
    types: kernel.types,
    resources: kernel.resources,
    consoles: consolesOf({ tickets, compute, store, events, clock, logger }),
    contents: contentsOf({ storage, store, events, clock }),
    feed,
    get load() {
      return kernel.load;
    },
    explain: (uuid) => kernel.explain(uuid),
    get breakers() {
      return kernel.breakers;
    },
    tracer,
    meter,
    health: () => kernel.health(),
    async start() {
      await store.migrate();
      await seed({ store, events, clock, newUuid, digest }, options.administratorKey);
      if (roles.includes('kernel')) await kernel.start();
    },
    async stop() {
      feed.close();
      await kernel.stop();
      await store.close();
      // The last first: who came later may stand on who came before.
      for (const held of registered(container, CLOSEABLE).toReversed()) await held.close();
    },
    async [Symbol.asyncDispose]() {
      await this.stop();
    },
  };
}

const INVENTORY: InjectionToken<Inventory> = Symbol('Inventory');
const SEALING: InjectionToken<Sealing> = Symbol('Sealing');

function containerOf(options: CloudOptions): DependencyContainer {
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
  container.register(SEALING, { useValue: sealing });
  const inventory = new Inventory(container.resolve(CLOCK));
  container.register(INVENTORY, { useValue: inventory });
  registerCloud(container, inventory, {
    open: sealing.open,
    ...storageSettings(options.storage),
    ...addressSettings(options.addresses),
  });
  return container;
}

function portsOf(
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

// tsyringe throws where nothing is registered.
function registered<T>(container: DependencyContainer, token: InjectionToken<T>): readonly T[] {
  return container.isRegistered(token, true) ? container.resolveAll(token) : [];
}

function demand<T>(container: DependencyContainer, what: string, token: InjectionToken<T>): void {
  if (container.isRegistered(token, true)) return;
  const name = typeof token === 'symbol' ? token.description : 'its token';
  throw new TypeError(`${what} is missing: no plug-in registers ${name}`);
}
