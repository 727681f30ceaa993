import { account } from './cloud/account/account.js';
import { apikey } from './cloud/apikey/apikey.js';
import { auditSettings } from './cloud/auditrecord/audit-settings.js';
import { forgetRecords } from './cloud/auditrecord/forget-records.js';
import { sealRecords } from './cloud/auditrecord/seal-records.js';
import { verifyAnswerer } from './cloud/auditrecord/verify-question.js';
import { consoleAnswerer } from './cloud/console/console-answerer.js';
import { ConsoleTickets } from './cloud/console/console-tickets.js';
import { type Consoles, consolesOf } from './cloud/console/consoles.js';
import type { Contents } from './cloud/content/contents.js';
import { contentsOf } from './cloud/content/contents-of.js';
import { forgetRemoved } from './cloud/forget-removed.js';
import { listenToBackends } from './cloud/inventory/listen-to-backends.js';
import { takeStock } from './cloud/inventory/take-stock.js';
import { DEFAULT_LIMITS } from './cloud/limits.js';
import { login } from './cloud/login/login.js';
import { vouchForAppliances } from './cloud/network/documents-on-record.js';
import { isolationAnswerer } from './cloud/network/isolation-answerer.js';
import { planAnswerer } from './cloud/network/plan-answerer.js';
import { countOrphans } from './cloud/orphan/count-orphans.js';
import { orphanReconciler } from './cloud/orphan/orphan-reconciler.js';
import { orphanSettings } from './cloud/orphan/orphan-settings.js';
import { sweepForOrphans } from './cloud/orphan/sweep-for-orphans.js';
import { sweptDrivers } from './cloud/orphan/swept-drivers.js';
import { ADMINISTRATOR, seed } from './cloud/seed.js';
import { keepTraffic } from './cloud/usage/keep-traffic.js';
import { quotaAnswerer } from './cloud/usage/quota-answerer.js';
import { storageAnswerer } from './cloud/usage/storage-answerer.js';
import { trafficAnswerers } from './cloud/usage/traffic-answerer.js';
import { usageAnswerer } from './cloud/usage/usage-answerer.js';
import { removeDiscarded } from './cloud/virtualmachine/remove-discarded.js';
import { registered, registerParts, sharedPorts } from './cloud-container.js';
import type { CloudOptions } from './cloud-options.js';
import type { BreakerState } from './kernel/circuit-breaker.js';
import { Credentials } from './kernel/credentials.js';
import type { Explanation } from './kernel/explain/explanation.js';
import { ChangeFeed } from './kernel/feed/change-feed.js';
import type { Feed } from './kernel/feed/feed.js';
import { noticedWrites } from './kernel/feed/noticed-writes.js';
import type { Health } from './kernel/health.js';
import { IdentitySource } from './kernel/identities.js';
import { Kernel } from './kernel/kernel.js';
import { Passwords } from './kernel/passwords.js';
import type { Resources } from './kernel/resources.js';
import { keepSealed } from './kernel/sealing/keep-sealed.js';
import { Telemetry } from './kernel/telemetry/telemetry.js';
import type { ResourceUuid } from './model/identity.js';
import type { TypeRegistry } from './model/registry.js';
import type { Meter } from './ports/meter.js';
import {
  ANSWERER,
  CLOCK,
  CLOSEABLE,
  COMPUTE,
  HEALTH_CHECK,
  HOOK,
  LOGGER,
  METER,
  NETWORK,
  PASSWORD_HASHER,
  RANDOM,
  RECONCILER,
  RESOURCE_TYPE,
  ROUTINE_TASK,
  STORAGE,
  SWEPT_DRIVER,
  TRACER,
} from './ports/tokens.js';
import type { Tracer } from './ports/tracer.js';

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
  const { container, sealing, inventory } = registerParts(options);
  const clock = container.resolve(CLOCK);
  const random = container.resolve(RANDOM);
  const logger = container.resolve(LOGGER);
  const tracer = container.resolve(TRACER);
  const meter = container.resolve(METER);
  const telemetry = new Telemetry({ tracer, meter, clock });
  const { store: written, locks, events } = sharedPorts(container, meter, clock);
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
  const newUuid = (): ReturnType<IdentitySource['next']> => identities.next();
  const tickets = new ConsoleTickets({ store, clock, secrets: credentials, newUuid });
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
