import type { ResourceUuid } from '../../model/identity.js';
import type { JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { Clock } from '../../ports/clock.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { Store } from '../../ports/store.js';
import { host } from '../host/host.js';
import { storagepool } from '../storagepool/storagepool.js';
import type { Inventory } from './inventory.js';

const EVERY = 60_000;

/** What taking stock works with. */
export interface TakeStockOptions {
  readonly compute: ComputeDriver;
  readonly storage: StorageDriver;
  readonly inventory: Inventory;
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  /** A new identity. */
  readonly newUuid: () => ResourceUuid;
  /** The account that hosts and shares belong to. */
  readonly owner: ResourceUuid;
}

/** Finds hosts and shares that are new, makes resources of them, and has all of them looked at. */
export function takeStock(options: TakeStockOptions): RoutineTask {
  return {
    name: 'take stock of hosts and shares',
    everyMs: EVERY,
    async run({ signal }) {
      const { compute, storage, inventory } = options;
      const hosts = await inventory.hosts(compute, signal);
      for (const report of hosts.values()) await register(options, host, report, { enabled: true });
      const pools = await inventory.pools(storage, signal);
      for (const report of pools.values())
        await register(options, storagepool, report, { enabled: true });
    },
  };
}

async function register(
  options: TakeStockOptions,
  type: ResourceType,
  report: { readonly external: string; readonly name: string },
  spec: JsonObject,
): Promise<void> {
  const { store, clock, events } = options;
  const known = await store.findByNaturalKey(type, report.external);
  const resource = known ?? (await insert(options, type, report, spec));
  await store.wake(resource.uuid, clock.now());
  events.publish({ uuid: resource.uuid, account: resource.account, reason: 'backend' });
}

async function insert(
  { store, clock, newUuid, owner }: TakeStockOptions,
  type: ResourceType,
  report: { readonly external: string; readonly name: string },
  spec: JsonObject,
): Promise<Resource> {
  const now = clock.now();
  const { resource } = await store.insert({
    uuid: newUuid(),
    type: type.id,
    account: owner,
    name: report.name,
    description: null,
    data: {},
    spec: { ...spec, external: report.external },
    naturalKey: report.external,
    visibleToAll: 'no',
    references: [],
    created: now,
    event: { at: now, what: 'found', why: 'a driver reported it', result: report.name },
  });
  return resource;
}
