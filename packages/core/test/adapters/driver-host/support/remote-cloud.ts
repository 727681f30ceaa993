import {
  type Caller,
  CLOCK,
  type Cloud,
  COMPUTE,
  createCloud,
  deriveState,
  type JsonObject,
  MESSAGE_BUS,
  type MessageBus,
  type Plugin,
  RANDOM,
  type Resource,
  STORE,
} from '@gdcloud/core';
import {
  type DriverHost,
  describeDrivers,
  remoteDrivers,
  serveDrivers,
} from '@gdcloud/core/driver-host';
import { ADMIN_KEY, type Surroundings } from '../../../support/cloud.js';
import { fixedRandom } from '../../../support/fixed-random.js';
import { turns } from '../../../support/turns.js';
import { HOST, KEY } from './hosted.js';

interface Teardown {
  teardown(fn: () => Promise<void>): void;
}

/** A cloud whose drivers run in a driver host. Unlike the plain one under test, its passes wait for time. */
export interface RemoteCloud {
  readonly cloud: Cloud;
  create(type: string, body: JsonObject): Promise<Resource>;
  remove(type: string, id: string): Promise<Resource>;
  act(type: string, id: string, action: string): Promise<Resource>;
  /** Moves time on until the resource is in the state. Throws after 20 minutes of it. */
  reaches(type: string, id: string, state: string): Promise<Resource>;
  /** Moves time on until `there` says so. */
  until(there: () => Promise<boolean> | boolean, what: string): Promise<void>;
  pass(ms: number): Promise<void>;
}

let seeds = 1_000;

/** Ports of one process. */
export function processPorts({ clock }: Surroundings, bus: MessageBus): Plugin {
  seeds += 1;
  const random = fixedRandom(0.5, seeds);
  return (container) => {
    container.register(MESSAGE_BUS, { useValue: bus });
    container.register(CLOCK, { useValue: clock });
    container.register(RANDOM, { useValue: random });
  };
}

/** Starts a driver host over an outside; `more` are further plug-ins. */
export async function startHost(
  t: Teardown,
  around: Surroundings,
  bus: MessageBus,
  more: readonly Plugin[] = [],
): Promise<DriverHost> {
  const host = serveDrivers({
    name: HOST,
    keys: [KEY],
    plugins: [around.outside.plugin, processPorts(around, bus), ...more],
    replaceable: [CLOCK, RANDOM, COMPUTE],
  });
  await host.start();
  t.teardown(() => host.stop());
  return host;
}

/** Starts a cloud without drivers of its own. */
export async function startRemoteCloud(
  t: Teardown,
  around: Surroundings,
  bus: MessageBus,
): Promise<RemoteCloud> {
  const { clock, store, outside } = around;
  const cloud = createCloud({
    pepper: new Uint8Array(16).fill(7),
    administratorKey: ADMIN_KEY,
    replaceable: [CLOCK, RANDOM],
    plugins: [
      processPorts(around, bus),
      (container) => {
        container.register(STORE, { useValue: { ...store, close: () => Promise.resolve() } });
      },
      remoteDrivers({ host: HOST, keys: [KEY], manifest: describeDrivers([outside.plugin]) }),
    ],
  });
  await cloud.start();
  t.teardown(() => cloud.stop());
  const admin = await cloud.resources.authenticate(ADMIN_KEY.publicValue, ADMIN_KEY.secretValue);
  if (admin === undefined) throw new Error('the administrator’s key opens nothing');
  const { resources, types } = cloud;
  const caller: Caller = admin;
  const until: RemoteCloud['until'] = async (there, what) => {
    const end = clock.now() + 20 * 60_000;
    for (;;) {
      await turns(12);
      if (await there()) return;
      if (!clock.advanceToNext(end)) throw new Error(`${what} did not come about in 20 minutes`);
    }
  };
  return {
    cloud,
    until,
    create: async (type, body) => (await resources.create(caller, types.get(type), body)).resource,
    remove: (type, id) => resources.remove(caller, types.get(type), id),
    act: (type, id, action) => resources.act(caller, types.get(type), id, action, {}),
    reaches: async (type, id, state) => {
      const get = (): Promise<Resource> => resources.get(caller, types.get(type), id);
      await until(
        async () => deriveState(types.get(type), await get()).state === state,
        `state ${state} of ${type} ${id}`,
      );
      return get();
    },
    pass: async (ms) => {
      const end = clock.now() + ms;
      do await turns(12);
      while (clock.advanceToNext(end));
    },
  };
}
