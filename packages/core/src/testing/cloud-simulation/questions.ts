import type { Cloud } from '../../create-cloud.js';
import type { PlanRequest } from '../../kernel/plan/plan.js';
import type { Caller } from '../../kernel/resources.js';
import type { JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import { stallOf } from '../../model/stall.js';
import type { Process } from '../simulator/process.js';
import type { KeptTicket, LetIn, Told } from './facts.js';
import { ADMINISTRATOR_KEY } from './kernel-process.js';
import type { Body } from './scenario.js';

/** Where a question is asked. */
export interface Desk {
  readonly cloud: Cloud;
  readonly process: Process;
  /** Another kernel that takes requests now, or the same. */
  readonly another: () => Cloud | undefined;
  readonly caller: Caller;
  /** The resource that stands for a name of the scenario, if somebody has created it. */
  readonly row: (name: string) => Resource | undefined;
  /** A body with ids in place of names. */
  readonly body: (body: Body) => JsonObject;
  /** Has it known that somebody asks for fields of a resource to have these values. */
  readonly wish: (resource: Resource, fields: JsonObject) => void;
  /** Has it known that a question was answered. */
  readonly told: (answer: Told) => void;
  /** Has it known that somebody looks at a console. */
  readonly letIn: (entry: LetIn) => void;
  /** The tickets that the caller keeps, by the names of their servers. */
  readonly tickets: Map<string, KeptTicket>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Something that is asked of a kernel and promises nothing: a read, a plan, a decision about what the scenario has not named. */
export type Question = (desk: Desk) => Promise<unknown>;

/** Whose key it is, asked twice: from the second time on the key and its account are read together. */
export const whoAmI: Question = async ({ cloud: { resources } }) => {
  const { publicValue, secretValue } = ADMINISTRATOR_KEY;
  await resources.authenticate(publicValue, secretValue);
  await resources.authenticate(publicValue, secretValue);
};

const PASSWORD = 'the first password of a person';

/** A person is given a login, signs in more than once, and takes another password. */
export const aPersonSignsIn: Question = async ({ cloud: { resources, types }, caller, wish }) => {
  const type = types.get('login');
  const body = { username: 'ada', password: PASSWORD };
  const { resource } = await resources.create(caller, type, body);
  await resources.authenticate('ada', PASSWORD);
  await resources.authenticate('ada', PASSWORD);
  // Administrators need not know the password that it has.
  const person: Caller = { ...caller, kind: 'user' };
  const next = { currentPassword: PASSWORD, password: 'the second password of a person' };
  wish(resource, { passwordDigest: null });
  await resources.act(person, type, resource.id, 'changepassword', next);
  await resources.authenticate('ada', PASSWORD);
};

/** All that can be read of a resource. */
export function everythingOf(name: string): Question {
  return async ({ cloud, caller, row }) => {
    const known = row(name);
    if (known === undefined) return;
    const { resources, types } = cloud;
    const type = types.get(known.type);
    const resource = await resources.get(caller, type, known.id);
    await resources.history(caller, type, known.id);
    await resources.accountIds([resource]);
    resources.actions(caller, type, resource);
  };
}

/** Why a resource is not as asked, told to a user and to the operator. */
export function why(name: string): Question {
  return async ({ cloud, caller, row }) => {
    const known = row(name);
    if (known === undefined) return;
    await cloud.resources.explain(caller, cloud.types.get(known.type), known.id);
    await cloud.explain(known.uuid);
  };
}

/** All resources of a type, a page each. */
export function all(typeName: string): Question {
  return async ({ cloud: { resources, types }, caller }) => {
    const type = types.get(typeName);
    let page = await resources.list(caller, type, { filters: [], limit: 1 });
    while (page.next !== undefined)
      page = await resources.list(caller, type, { filters: [], limit: 1, after: page.next });
  };
}

/** What it would take to make something. */
export function planOfMaking(typeName: string, body: Body): Question {
  return ({ cloud: { resources, types }, caller, body: resolved }) =>
    resources.plan(caller, types.get(typeName), { kind: 'create', body: resolved(body) });
}

/** What a change of a named resource would lead to. */
export function planFor(name: string, request: (id: string) => PlanRequest): Question {
  return async ({ cloud: { resources, types }, caller, row }) => {
    const known = row(name);
    if (known === undefined) return;
    await resources.plan(caller, types.get(known.type), request(known.id));
  };
}

/** What it would take to remove something that the scenario has not named. */
export function planOfRemoving(typeName: string, id: string): Question {
  return ({ cloud: { resources, types }, caller }) =>
    resources.plan(caller, types.get(typeName), { kind: 'remove', id });
}

/** How much an account has that the scenario has not named. */
export function accountUsage(id: string): Question {
  return ({ cloud: { resources, types }, caller }) =>
    resources.ask(caller, types.get('account'), id, 'usage', {});
}

/** Takes the decisions that stalled resources wait for. */
export const repairAll: Question = async ({ cloud: { resources, types }, caller }) => {
  for (const id of ['volume', 'virtualmachine']) {
    const type = types.get(id);
    const page = await resources.list(caller, type, { filters: [], limit: 100 });
    for (const resource of page.resources) {
      const stalled = stallOf(resource);
      const [external] = stalled?.externals ?? [];
      if (stalled?.actions.includes('recreate') === true)
        await resources.act(caller, type, resource.id, 'recreate', {});
      else if (stalled?.actions.includes('keep') === true && external !== undefined)
        await resources.act(caller, type, resource.id, 'keep', { external });
    }
  }
};

/** Puts a network into a bundle, and makes that heavy for its sake. */
export function bundleUp(name: string, networkName: string): Question {
  return async ({ cloud: { resources, types }, caller, row, wish }) => {
    const known = row(name);
    const networkId = row(networkName)?.id;
    if (known === undefined || networkId === undefined) return;
    const type = types.get(known.type);
    wish(known, { weight: 9, networkIds: [networkId] });
    await resources.update(caller, type, known.id, { networkIds: [networkId] });
    await resources.act(caller, type, known.id, 'weigh', { networkId });
  };
}

/** Has every resource of a type looked at. */
export function lookAtAll(typeName: string): Question {
  return async ({ cloud: { resources, types }, caller }) => {
    const type = types.get(typeName);
    const page = await resources.list(caller, type, { filters: [], limit: 100 });
    for (const { id } of page.resources) await resources.act(caller, type, id, 'reconcile', {});
  };
}

/** What each action asks of a host; `null` for any value. */
const HOST_WISHES = {
  evacuate: { enabled: false, evacuate: true },
  enable: { enabled: true, evacuate: false },
  fence: { enabled: false, evacuate: false, fencedDeath: null },
} as const;

/** Asks something of every host of which it can be asked now, or only of the one that a server is on. */
export function askOfHosts(action: keyof typeof HOST_WISHES, serverName?: string): Question {
  return async ({ cloud: { resources, types }, caller, wish, row }) => {
    const only = serverName === undefined ? undefined : row(serverName)?.status['hostId'];
    const type = types.get('host');
    const page = await resources.list(caller, type, { filters: [], limit: 100 });
    for (const host of page.resources) {
      if (only !== undefined && host.id !== only) continue;
      if (!resources.actions(caller, type, host).includes(action)) continue;
      wish(host, HOST_WISHES[action]);
      await resources.act(caller, type, host.id, action, {});
    }
  };
}

/** What each action asks of a share. */
const POOL_WISHES = {
  maintain: { enabled: false, maintenance: true },
  disable: { enabled: false, maintenance: false },
  enable: { enabled: true, maintenance: false },
} as const;

/** Asks something of the share of this name, if it can be asked now. */
export function askOfPool(action: keyof typeof POOL_WISHES, name: string): Question {
  return async ({ cloud: { resources, types }, caller, wish }) => {
    const type = types.get('storagepool');
    const page = await resources.list(caller, type, { filters: [], limit: 100 });
    for (const pool of page.resources) {
      if (pool.spec['external'] !== name) continue;
      if (!resources.actions(caller, type, pool).includes(action)) continue;
      wish(pool, POOL_WISHES[action]);
      await resources.act(caller, type, pool.id, action, {});
    }
  };
}

/** Asks that a volume moves to the share that it is not on, or stays on the one that it is on. */
export function moveVolume(volumeName: string, where: 'away' | 'nowhere'): Question {
  return async ({ cloud: { resources, types }, caller, row, wish }) => {
    const volume = row(volumeName);
    const at = volume?.status['storagepoolId'];
    if (volume === undefined || typeof at !== 'string') return;
    const pools = await resources.list(caller, types.get('storagepool'), {
      filters: [],
      limit: 100,
    });
    const storagepoolId =
      where === 'nowhere' ? at : pools.resources.find(({ id }) => id !== at)?.id;
    const type = types.get('volume');
    if (storagepoolId === undefined || !resources.actions(caller, type, volume).includes('move'))
      return;
    wish(volume, { moves: null, movedToId: null });
    await resources.act(caller, type, volume.id, 'move', { storagepoolId });
  };
}

/** What it would take to empty the host that a server is on. */
export function planOfEvacuating(serverName: string): Question {
  return async ({ cloud: { resources, types }, caller, row }) => {
    const id = row(serverName)?.status['hostId'];
    if (typeof id !== 'string') return;
    const request: PlanRequest = { kind: 'act', id, action: 'evacuate', input: {} };
    await resources.plan(caller, types.get('host'), request);
  };
}

/** Limits what an account may have. */
export function limitTo(account: string, limits: JsonObject): Question {
  return ({ cloud: { resources, types }, caller }) =>
    resources.update(caller, types.get('account'), account, { limits });
}

/** Has a kernel end in good order; its supervisor starts another. */
export const anOrderlyEnd: Question = async ({ cloud, process }) => {
  await cloud[Symbol.asyncDispose]();
  process.kill();
};
