import { SESSION_MS } from '../backing.js';
import { ZookeeperSession } from '../zookeeper-session.js';
import { PARTITIONS, partitionOf } from './event-channel.js';
import { EVENTS, type Step } from './step.js';

/** How a worker of the floor makes sure that it alone works on a server. */
export interface Ownership {
  /** The partitions whose events come to this worker. */
  readonly partitions: readonly number[];
  /** The fence to write under at this event. */
  fenceAt(step: Step): Promise<bigint> | bigint;
  /** Called after each event. */
  after(step: Step): void;
}

/** Which part of the workers one is. */
export interface Share {
  readonly worker: number;
  readonly workers: number;
}

/** One ephemeral znode a partition, held all the time: no event asks ZooKeeper anything. */
export async function partitionLeases(connect: string, share: Share): Promise<Ownership> {
  const session = await ZookeeperSession.open(connect, SESSION_MS);
  const partitions = partitionsOf(share);
  await session.make('/partitions');
  const leases = await Promise.all(
    partitions.map(
      async (partition) => [partition, await session.hold(`/partitions/${partition}`)] as const,
    ),
  );
  const fences = new Map(leases);
  return {
    partitions,
    fenceAt: ({ id }) => {
      const fence = fences.get(partitionOf(id));
      if (fence === undefined) throw new Error(`the partition of ${id} is not ours`);
      return fence;
    },
    after: () => {},
  };
}

/** One ephemeral znode a server, held from before its first event until after its last one. */
export async function heldLocks(connect: string, share: Share): Promise<Ownership> {
  const session = await ZookeeperSession.open(connect, SESSION_MS);
  await session.make('/locks');
  const fences = new Map<string, bigint>();
  return {
    partitions: partitionsOf(share),
    fenceAt: async ({ id }) => {
      const known = fences.get(id);
      if (known !== undefined) return known;
      const fence = await session.hold(`/locks/${id}`);
      fences.set(id, fence);
      return fence;
    },
    after: ({ id, event }) => {
      if (event < EVENTS - 1) return;
      fences.delete(id);
      void session.release(`/locks/${id}`);
    },
  };
}

function partitionsOf({ worker, workers }: Share): readonly number[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
    (partition) => partition % workers === worker,
  );
}
