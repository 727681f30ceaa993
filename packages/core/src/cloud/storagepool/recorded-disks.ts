import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { Store } from '../../ports/store.js';
import { image } from '../image/image.js';
import { imagecopy } from '../imagecopy/imagecopy.js';
import { snapshot } from '../snapshot/snapshot.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { volume } from '../volume/volume.js';

const PAGE = 500;

/** All disks that are recorded, and whether a server has them open, or may have. */
export type RecordedDisks = ReadonlyMap<ResourceUuid, 'open' | 'closed'>;

/**
 * Reads every row that a file on a share may belong to, in whatever state, those that are being removed included. Throws
 * when any of them can't be read: half of an answer would let the other half's files go.
 */
export async function recordedDisks(
  store: Pick<Store, 'list'>,
  signal: AbortSignal,
): Promise<RecordedDisks> {
  const disks = new Map<ResourceUuid, 'open' | 'closed'>();
  const off = new Set<string>();
  for await (const server of rowsOf(store, virtualmachine, signal)) {
    // A config drive goes by its server's uuid, and is in its CD drive.
    disks.set(server.uuid, 'open');
    if (isOff(server)) off.add(server.id);
  }
  for await (const disk of rowsOf(store, volume, signal)) {
    const servers = [disk.spec.virtualmachineId, disk.status.attachedToId ?? null];
    const isClosed = servers.every((id) => id === null || off.has(id));
    disks.set(disk.uuid, isClosed ? 'closed' : 'open');
  }
  // Nobody writes to these; who has them open has a disk open that reads from them.
  for await (const row of rowsOf(store, image, signal)) disks.set(row.uuid, 'closed');
  for await (const row of rowsOf(store, imagecopy, signal)) disks.set(row.uuid, 'closed');
  for await (const row of rowsOf(store, snapshot, signal)) disks.set(row.uuid, 'closed');
  return disks;
}

function isOff({ spec, status }: Resource<typeof virtualmachine>): boolean {
  return spec.desiredState === 'stopped' && status.powerState === 'halted';
}

async function* rowsOf<T extends ResourceType>(
  store: Pick<Store, 'list'>,
  type: T,
  signal: AbortSignal,
): AsyncGenerator<Resource<T>> {
  let after: Parameters<Store['list']>[2]['after'];
  do {
    signal.throwIfAborted();
    const query = { filters: [], limit: PAGE, after };
    const page = await store.list({ kind: 'all' }, type, query);
    for (const row of page.resources) yield row as Resource<T>;
    after = page.next;
  } while (after !== undefined);
}
