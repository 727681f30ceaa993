import {
  CLOCK,
  type Cloud,
  type Created,
  createCloud,
  type JsonObject,
  type Limits,
  PASSWORD_HASHER,
  type Plugin,
  RANDOM,
  STORE,
  type Store,
} from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { type MemoryDrivers, memoryDrivers, quickHasher } from '@gdcloud/core/testing';
import type { Test } from 'tap';
import type { Key } from './double.js';

/** The cloud itself, over a database, with drivers in memory; an administrator, and two users who know nothing of each other. */
export interface Tenants {
  readonly cloud: Cloud;
  readonly drivers: MemoryDrivers;
  /** Where the cloud keeps what it knows: past all that anybody may do. */
  readonly store: Store;
  readonly root: Key;
  readonly ada: Key;
  readonly eve: Key;
  /** An account more, with a key. */
  addAccount(name: string, kind?: 'user' | 'admin'): Promise<Key>;
  /** Another key of the same account, which opens only what is in its scopes. */
  narrow(key: Key, scopes: readonly string[]): Promise<Key>;
  /** Asks for a resource as the holder of a key. */
  create(key: Key, type: string, body: JsonObject): Promise<Created>;
}

/** What of such a cloud a test chooses. */
export interface TenantsOptions {
  /** The store, and whatever else; a SQLite database in memory by default. */
  readonly plugins?: readonly Plugin[];
  /** Without a kernel nothing moves by itself. */
  readonly roles?: readonly ('api' | 'kernel')[];
  readonly limits?: Limits;
}

const ROOT = { publicValue: 'root', secretValue: 'the-administrators-secret' };

/** Starts a cloud for one test. */
export async function startTenants(t: Test, options: TenantsOptions = {}): Promise<Tenants> {
  const drivers = memoryDrivers();
  let store: Store | undefined;
  const listensIn: Plugin = (container) => {
    container.register(PASSWORD_HASHER, { useValue: quickHasher() });
    store = container.resolve<Store>(STORE);
  };
  const cloud = createCloud({
    pepper: new Uint8Array(32).fill(3),
    administratorKey: ROOT,
    replaceable: [CLOCK, RANDOM, PASSWORD_HASHER],
    plugins: [drivers.plugin, ...(options.plugins ?? [sqlite({ file: ':memory:' })]), listensIn],
    ...(options.roles === undefined ? {} : { roles: options.roles }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  if (store === undefined) throw new TypeError('the cloud has no store');
  await cloud.start();
  t.teardown(() => cloud.stop());
  const create = (key: Key, type: string, body: JsonObject) =>
    cloud.resources.create(key.caller, cloud.types.get(type), body);
  const root = await loggedIn(cloud, ROOT);
  const addAccount = async (name: string, kind: 'user' | 'admin' = 'user') => {
    const account = await create(root, 'account', { name, kind });
    return withKey(await create(root, 'apikey', { accountId: account.resource.id }));
  };
  const withKey = ({ resource, once }: Created) =>
    loggedIn(cloud, {
      publicValue: String(resource.spec['publicValue']),
      secretValue: String(once['secretValue']),
    });
  return {
    cloud,
    drivers,
    store,
    root,
    ada: await addAccount('Ada'),
    eve: await addAccount('Eve'),
    addAccount,
    narrow: async (key, scopes) => withKey(await create(key, 'apikey', { scopes })),
    create,
  };
}

async function loggedIn(
  cloud: Cloud,
  pair: { readonly publicValue: string; readonly secretValue: string },
): Promise<Key> {
  const caller = await cloud.resources.authenticate(pair.publicValue, pair.secretValue);
  if (caller === undefined) throw new TypeError('a key that was just made opens nothing');
  return { ...pair, caller };
}

/** How many lines the audit log has. */
export async function recorded({ cloud, root }: Tenants): Promise<number> {
  return cloud.resources.count(root.caller, cloud.types.get('auditrecord'), { filters: [] });
}

/** All that a cloud holds but its audit log, as text: the same before and after means that nothing has changed. */
export async function everything({ cloud, root }: Tenants): Promise<string> {
  const lists = [];
  for (const type of cloud.types.all().filter(({ id }) => id !== 'auditrecord')) {
    const query = { filters: [], limit: 1_000, removedSince: 0 };
    lists.push((await cloud.resources.list(root.caller, type, query)).resources);
  }
  return JSON.stringify(lists, inOrder);
}

// Rows that were just written name their columns in another order than those that were read.
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
