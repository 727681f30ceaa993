import { ADMINISTRATOR } from '../../cloud/seed.js';
import type { Caller } from '../../kernel/resources.js';
import { asId, asUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import { MemoryStore } from '../simulator/memory-store.js';
import { World } from '../simulator/world.js';
import { Database } from './database.js';
import { HintBus } from './hint-bus.js';
import { KernelProcess } from './kernel-process.js';
import { LockServer } from './lock-server.js';
import { Outside, simulatedHosts } from './outside.js';
import type { Tenant } from './scenario.js';

/** What runs begin with: a cloud that was started once and has come to rest, long ago. */
export interface Foundation {
  /** A database of the caller's own. */
  store(): MemoryStore;
  /** Puts what was made then into an outside. */
  furnish(outside: Outside): void;
}

/** The administrator of every simulated cloud. */
export const OPERATOR: Caller = {
  account: ADMINISTRATOR,
  accountId: asId('1'),
  accountName: 'Administrator',
  kind: 'admin',
};

/** The accounts that users of a simulation belong to. */
export const TENANTS: Readonly<Record<Tenant, Caller>> = {
  alice: user('alice', '2', '00000000-0000-8000-a000-0000000a11ce'),
  bob: user('bob', '3', '00000000-0000-8000-a000-000000000b0b'),
};

/** How long ago it was: what is at rest is looked at ever more seldom, and need not be in most runs. */
const AGE = 48 * 60 * 60_000;
const NEXT_LOOK = 20 * 60_000;
const FIRST_STEPS = 10 * 60_000;

const known = new Map<string, Promise<Foundation>>();

/** The foundation for a number of hosts; made once in a process and shared by its runs. */
export function foundation(hosts: number, hostMemoryMb: number): Promise<Foundation> {
  const key = `${hosts} × ${hostMemoryMb}`;
  const made = known.get(key) ?? lay(hosts, hostMemoryMb);
  known.set(key, made);
  return made;
}

/** A foundation on which nothing stands: its kernels are the first that ever started. */
export const EMPTY: Foundation = { store: () => new MemoryStore(), furnish: () => undefined };

async function lay(hosts: number, hostMemoryMb: number): Promise<Foundation> {
  const now = new World({ seed: 0 }).now;
  const world = new World({ seed: 0, start: now - AGE });
  const store = new MemoryStore();
  const database = new Database(world, store, () => store);
  const outside = new Outside(world, simulatedHosts(hosts, hostMemoryMb), {
    sent: () => undefined,
    happened: () => undefined,
  });
  const kernel = new KernelProcess('the first kernel', {
    world,
    database,
    bus: new HintBus(world),
    locks: new LockServer(world, 1),
    outside,
    workers: 8,
    hooks: 'none',
    plugins: [],
    onLine: () => undefined,
  });
  await world.until(() => kernel.isReady, world.now + FIRST_STEPS);
  const { resources, types } = kernel.cloud;
  for (const { account: uuid, accountName: name } of Object.values(TENANTS)) {
    let asked: 'pending' | 'answered' = 'pending';
    void resources
      .create(OPERATOR, types.get('account'), { uuid, name })
      .then(() => (asked = 'answered'));
    await world.until(() => asked === 'answered', world.now + FIRST_STEPS);
  }
  const atRest = (): boolean => [...store.rows()].every(isReady);
  await world.until(() => world.now > now - AGE + 5_000 && atRest(), world.now + FIRST_STEPS);
  kernel.process.kill();
  if (!atRest()) throw new Error('the first cloud did not come to rest');
  const rested = aged(store, now);
  return {
    store: () => rested.copy(),
    furnish: (other) => other.takeOver(outside),
  };
}

// The next routine looks come after most runs have ended, and within those that wait for them.
function aged(store: MemoryStore, now: number): MemoryStore {
  const copy = store.copy();
  copy.edit((row: Resource) => ({ ...row, nextAttemptAt: now + NEXT_LOOK }));
  return copy;
}

function user(name: string, id: string, uuid: string): Caller {
  return { account: asUuid(uuid), accountId: asId(id), accountName: name, kind: 'user' };
}
