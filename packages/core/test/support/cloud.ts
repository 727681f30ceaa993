import {
  type AuditOptions,
  type Caller,
  CLOCK,
  type Cloud,
  type CloudRole,
  type Created,
  createCloud,
  type DriftRules,
  deriveState,
  type FeedLimits,
  type JsonObject,
  type Limits,
  LOCK_SERVICE,
  type LockService,
  type OrphanOptions,
  PASSWORD_HASHER,
  type PasswordHasher,
  type Plugin,
  RANDOM,
  type Resource,
  type ResourceType,
  type ResourceUuid,
  type SealingKeys,
  STORE,
  type Store,
} from '@gdcloud/core';
import {
  ManualClock,
  type MemoryDrivers,
  type MemoryDriversOptions,
  memoryDrivers,
  quickHasher,
} from '@gdcloud/core/testing';
import { SqliteConnection } from '../../dist/adapters/sqlite/sqlite-connection.js';
import { sqlStore } from '../../dist/adapters/store/sql-store.js';
import { WRAPPABLE_PORTS } from '../../dist/testing/wrappable-ports.js';
import { collectingLogger, type Line } from './collecting-logger.js';
import { countingStore } from './counting-store.js';
import { fixedRandom } from './fixed-random.js';
import { turns } from './turns.js';

export const ADMIN_KEY = { publicValue: 'admin', secretValue: 'the-administrators-secret' };

/** How a cloud under test differs from the plain one. */
export interface TestCloudOptions {
  readonly plugins?: readonly Plugin[];
  readonly drivers?: MemoryDriversOptions;
  readonly workers?: number;
  readonly limits?: Limits;
  readonly orphans?: OrphanOptions;
  readonly audit?: AuditOptions;
  /** Wraps the store that this cloud sees; the test keeps the real one. */
  readonly wrapStore?: (store: Store) => Store;
  /** Goes on where another cloud was: the same store, outside and time. */
  readonly after?: Surroundings;
  readonly locks?: LockService;
  readonly drift?: DriftRules | undefined;
  readonly feed?: Partial<FeedLimits> | undefined;
  readonly pepper?: Uint8Array | undefined;
  readonly sealingKeys?: SealingKeys | undefined;
  readonly roles?: readonly CloudRole[];
  /** Default: one that costs nothing. */
  readonly hasher?: PasswordHasher;
}

/** What outlives a process: its database, its backends, and time. */
export interface Surroundings {
  readonly store: Store;
  readonly outside: MemoryDrivers;
  readonly clock: ManualClock;
}

/** A cloud in memory whose time stands still, and the ways tests look at it. */
export interface TestCloud extends Surroundings {
  readonly cloud: Cloud;
  readonly admin: Caller;
  readonly lines: Line[];
  readonly type: (id: string) => ResourceType;
  create(type: string, body: JsonObject, caller?: Caller): Promise<Resource>;
  created(type: string, body: JsonObject, caller?: Caller): Promise<Created>;
  get(type: string, id: string, caller?: Caller): Promise<Resource>;
  update(type: string, id: string, body: JsonObject, caller?: Caller): Promise<Resource>;
  act(type: string, id: string, action: string, caller?: Caller): Promise<Resource>;
  /** As {@link act}, with what the action is told. */
  actWith(type: string, id: string, action: string, input: JsonObject): Promise<Resource>;
  remove(type: string, id: string, caller?: Caller): Promise<Resource>;
  /** The state of a resource in the API's words. */
  state(type: string, id: string): Promise<ReturnType<typeof deriveState>>;
  /** The `what` of all events of a resource, oldest first. */
  events(type: string, id: string): Promise<readonly string[]>;
  /** A new account with a caller of its own. */
  account(name: string): Promise<Caller>;
  /** Lets everything happen that does not wait for time, or as much as happens before `over` says so. */
  quiet(over?: () => boolean): Promise<void>;
  /** Moves time on by `ms` from one scheduled call to the next, letting everything happen in between. */
  pass(ms: number): Promise<void>;
  /** Moves time on until `there` says so. Throws after a virtual while. */
  until(there: () => Promise<boolean> | boolean, what?: string): Promise<void>;
  /** Moves time on until the resource is in the state. */
  reaches(type: string, id: string, state: string): Promise<Resource>;
  stop(): Promise<void>;
  /** Leaves the process as it is, for good: it has been killed, and nobody stops it. */
  abandon(): void;
}

interface Teardown {
  teardown(fn: () => Promise<void>): void;
}

let clouds = 0;

/** Makes an empty database, an empty outside, and time. */
export function surroundings(t: Teardown, drivers?: MemoryDriversOptions): Surroundings {
  const store = sqlStore(new SqliteConnection({ file: ':memory:' }));
  t.teardown(() => store.close());
  return { store, outside: memoryDrivers(drivers), clock: new ManualClock() };
}

/** Makes a cloud and starts it; it stops when the test ends. */
export async function startCloud(t: Teardown, options: TestCloudOptions = {}): Promise<TestCloud> {
  const { store, outside, clock } = options.after ?? surroundings(t, options.drivers);
  const logger = collectingLogger();
  // Closed by the test that made it: another cloud may go on with it.
  const counted = countingStore(store);
  const wrapped = options.wrapStore?.(counted.store) ?? counted.store;
  const seen: Store = { ...wrapped, close: () => Promise.resolve() };
  // Each process has chance of its own: two must never choose the same identities.
  clouds += 1;
  const random = fixedRandom(0.5, clouds);
  const cloud = createCloud({
    pepper: options.pepper ?? new Uint8Array(16).fill(7),
    sealingKeys: options.sealingKeys,
    administratorKey: ADMIN_KEY,
    logger,
    workers: options.workers,
    limits: options.limits,
    orphans: options.orphans,
    audit: options.audit,
    drift: options.drift,
    feed: options.feed,
    roles: options.roles,
    replaceable: WRAPPABLE_PORTS,
    plugins: [
      outside.plugin,
      (container) => {
        container.register(STORE, { useValue: seen });
        container.register(CLOCK, { useValue: clock });
        container.register(RANDOM, { useValue: random });
        container.register(PASSWORD_HASHER, { useValue: options.hasher ?? quickHasher() });
        if (options.locks !== undefined)
          container.register(LOCK_SERVICE, { useValue: options.locks });
      },
      ...(options.plugins ?? []),
    ],
  });
  await cloud.start();
  let running = true;
  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    await cloud.stop();
  };
  t.teardown(stop);
  const found = await cloud.resources.authenticate(ADMIN_KEY.publicValue, ADMIN_KEY.secretValue);
  if (found === undefined) throw new Error('the administrator’s key opens nothing');
  const admin: Caller = found;

  const type = (id: string): ResourceType => cloud.types.get(id);
  const get = (name: string, id: string, caller = admin): Promise<Resource> =>
    cloud.resources.get(caller, type(name), id);
  const quiet = async (over: () => boolean = () => false): Promise<void> => {
    let turned = 0;
    for (let idle = 0; idle < 6 && !over(); ) {
      await turns();
      const { queued, active } = cloud.load;
      const stored = counted.pending() === 0;
      // Turns spent waiting for the database say nothing of how much work there is.
      if (stored) turned += 1;
      if (turned > 10_000) throw new Error('there is work without end');
      idle = stored && queued === 0 && active === 0 ? idle + 1 : 0;
    }
  };
  const until = async (
    there: () => Promise<boolean> | boolean,
    what = 'what was waited for',
  ): Promise<void> => {
    const end = clock.now() + 20 * 60_000;
    for (;;) {
      await quiet();
      if (await there()) return;
      if (!clock.advanceToNext(end)) throw new Error(`${what} did not come about in 20 minutes`);
    }
  };
  const world: TestCloud = {
    cloud,
    admin,
    store,
    outside,
    clock,
    lines: logger.lines,
    type,
    get,
    quiet,
    until,
    stop,
    abandon: () => {
      running = false;
    },
    created: (name, body, caller = admin) => cloud.resources.create(caller, type(name), body),
    create: async (name, body, caller = admin) =>
      (await cloud.resources.create(caller, type(name), body)).resource,
    update: (name, id, body, caller = admin) =>
      cloud.resources.update(caller, type(name), id, body),
    act: (name, id, action, caller = admin) =>
      cloud.resources.act(caller, type(name), id, action, {}),
    actWith: (name, id, action, input) => cloud.resources.act(admin, type(name), id, action, input),
    remove: (name, id, caller = admin) => cloud.resources.remove(caller, type(name), id),
    state: async (name, id) => deriveState(type(name), await get(name, id)),
    events: async (name, id) =>
      (await cloud.resources.history(admin, type(name), id)).map(({ what }) => what).toReversed(),
    account: async (name) => {
      const { resource } = await cloud.resources.create(admin, type('account'), { name });
      await quiet();
      return { account: resource.uuid, accountId: resource.id, accountName: name, kind: 'user' };
    },
    pass: async (ms) => {
      const end = clock.now() + ms;
      await quiet();
      while (clock.advanceToNext(end)) await quiet();
      clock.advance(end - clock.now());
      await quiet();
    },
    reaches: async (name, id, state) => {
      await until(
        async () => deriveState(type(name), await get(name, id)).state === state,
        `state ${state} of ${name} ${id}`,
      );
      return get(name, id);
    },
  };
  await quiet();
  return world;
}

/** A network and the ids of what every cloud has, for asking for servers. */
export async function readyNetwork(
  world: TestCloud,
  options: { readonly caller?: Caller; readonly ipv4Cidr?: string } = {},
): Promise<Resource> {
  const network = await world.create(
    'network',
    { ipv4Cidr: options.ipv4Cidr ?? '10.0.0.0/24' },
    options.caller ?? world.admin,
  );
  return world.reaches('network', network.id, 'active');
}

/** The body that asks for a server in a network. */
export function server(network: Resource, more: JsonObject = {}): JsonObject {
  return { offering: '1gb-1cpu', imageId: '1', networkId: network.id, ...more };
}

/** How much memory is charged on all hosts, and how much there is. */
export async function memoryUsed(
  store: Store,
): Promise<{ readonly used: number; readonly holders: readonly ResourceUuid[] }> {
  const capacities = await store.capacities('memoryMb');
  return {
    used: [...capacities.values()].reduce((sum, { used }) => sum + used, 0),
    holders: [...capacities.keys()],
  };
}
