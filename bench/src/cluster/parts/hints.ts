import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../../load/statistics.js';
import { type BegunPass, wallClock } from '../../process/messages.js';
import { type Figure, figure } from '../../report/figure.js';
import type { Backing } from '../backing.js';
import type { ClusterPart } from '../cluster-part.js';
import { GadgetCloud } from '../ours/gadget-cloud.js';

const KERNELS = 2;
/** How many gadgets are changed, once with Redis and once without. */
const GADGETS = 300;
/** Between two changes; milliseconds. With Redis away they are spread over several scans of the rows. */
const PACE = { delivered: 20, lost: 50 };
/** How long a change may take to be seen to; milliseconds. */
const PATIENCE = 30_000;
/** Goals of issue 4; milliseconds. */
const DELIVERED = { p50: 50, p99: 250 };
const LOST_P99 = 6_000;

/** How soon work begins once it is known of, and without being told. */
export const hints: ClusterPart = {
  name: 'hints',
  what: 'from a hint to the pass that it asks for, and from a change to its pass with Redis away',
  floors: 'none',
  async measure({ backing, tell }): Promise<readonly Figure[]> {
    await using cloud = await GadgetCloud.start(await backing.freshPlace(), KERNELS, 'resource');
    const ids = await cloud.settled(GADGETS);
    tell(`${GADGETS} gadgets have settled`);
    await changed(cloud, ids.slice(-GADGETS / 10), { size: 2, paceMs: PACE.delivered });
    const known = await changed(cloud, ids, { size: 3, paceMs: PACE.delivered });
    tell('they were changed');
    const lost = await withoutRedis(backing, () =>
      changed(cloud, ids, { size: 4, paceMs: PACE.lost }),
    );
    tell('they were changed once more, with Redis away');
    const heard = known.flatMap(({ begun, heard: at }) => (at === undefined ? [] : [begun - at]));
    const seen = known.map(({ begun, changedAt }) => begun - changedAt);
    const late = lost.map(({ begun, changedAt }) => begun - changedAt);
    return [
      figure('hint delivered to pass, p50', percentile(heard, 0.5), 'ms', { most: DELIVERED.p50 }),
      figure('hint delivered to pass, p99', percentile(heard, 0.99), 'ms', {
        most: DELIVERED.p99,
      }),
      figure('hints delivered, of the changes', (100 * heard.length) / GADGETS, '%'),
      figure('change acknowledged to pass, p50', percentile(seen, 0.5), 'ms'),
      figure('change acknowledged to pass, p99', percentile(seen, 0.99), 'ms'),
      figure('Redis away: change acknowledged to pass, p50', percentile(late, 0.5), 'ms'),
      figure('Redis away: change acknowledged to pass, p99', percentile(late, 0.99), 'ms', {
        most: LOST_P99,
      }),
    ];
  },
};

/** A change and the first pass over it. */
interface Seen extends BegunPass {
  readonly changedAt: number;
}

/** Changes gadgets at a steady pace and resolves once a pass has begun over each of the changes. */
async function changed(
  cloud: GadgetCloud,
  ids: readonly string[],
  { size, paceMs }: { readonly size: number; readonly paceMs: number },
): Promise<readonly Seen[]> {
  await cloud.passes();
  const waiting = new Map<string, number>();
  const seen: Seen[] = [];
  for (const id of ids) {
    await cloud.resize(id, size);
    waiting.set(id, wallClock());
    await pause(paceMs);
  }
  for (const end = Date.now() + PATIENCE; Date.now() < end && waiting.size > 0; await pause(50)) {
    const begun = await cloud.passes();
    for (const pass of begun.toSorted((left, right) => left.begun - right.begun)) {
      const acknowledged = waiting.get(pass.id);
      if (acknowledged === undefined) continue;
      waiting.delete(pass.id);
      // A pass may begin while the acknowledgement is still on its way.
      seen.push({ ...pass, changedAt: Math.min(acknowledged, pass.begun) });
    }
  }
  if (waiting.size > 0) throw new Error(`${waiting.size} changes were not seen to in time`);
  return seen;
}

async function withoutRedis<Result>(
  { redis }: Backing,
  work: () => Promise<Result>,
): Promise<Result> {
  await redis.kill();
  try {
    return await work();
  } finally {
    await redis.start();
  }
}
