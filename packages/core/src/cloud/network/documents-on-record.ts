import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { DocumentOnRecord, DocumentsOnRecord } from '../../ports/drivers/appliance-pair.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { Store } from '../../ports/store.js';
import { network } from './network.js';

/** How soon to go on when a driver has stopped; milliseconds. */
const AGAIN = 1_000;
const ALL = 1_000_000;

/** Reads what appliances were told from the rows of networks, where it is recorded under the fence before it is told. */
export function documentsOnRecord(store: Pick<Store, 'all' | 'get'>): DocumentsOnRecord {
  return {
    async all() {
      const found = new Map<ResourceUuid, DocumentOnRecord>();
      for (const row of await store.all(network, ALL)) {
        const document = documentOf(row);
        if (document !== 'leaving') found.set(row.uuid, document);
      }
      return found;
    },
    async of(uuid) {
      const row = await store.get(uuid);
      if (row === undefined) return undefined;
      return row.removed === null ? documentOf(row) : 'removed';
    },
  };
}

// A network that is to leave its appliances says so by following nothing any more: see the reconciler.
function documentOf({ status, deleteRequestedAt }: Resource): DocumentOnRecord | 'leaving' {
  const { documentRevision, appliedRevision } = status;
  const followed = typeof appliedRevision === 'number' ? appliedRevision : null;
  if (deleteRequestedAt !== null && followed === null) return 'leaving';
  return { told: typeof documentRevision === 'number' ? documentRevision : 0, followed };
}

/** Has a driver of pairs vouch for their appliances; none where the driver has no pair. */
export function vouchForAppliances(
  driver: NetworkDriver,
  store: Pick<Store, 'all' | 'get'>,
): readonly RoutineTask[] {
  if (driver.vouch === undefined) return [];
  const vouch = driver.vouch.bind(driver);
  return [
    {
      name: 'vouch for appliances',
      everyMs: AGAIN,
      limitMs: Number.POSITIVE_INFINITY,
      run: (options) => vouch(documentsOnRecord(store), options),
    },
  ];
}
