import type { Resource } from '../../model/resource.js';
import type { Outcome } from '../../ports/reconciler.js';
import { poolName } from '../storagepool/choose-pool.js';
import type { storagepool } from '../storagepool/storagepool.js';

/** How soon to look whether a share is back that something is copied from; milliseconds. */
const SOURCE_PAUSE = 15_000;

/**
 * How a pass ends whose disk is copied from a share that is away; undefined where it is not. Before the driver is asked:
 * what it could not read there must not count against the share that it writes to.
 */
export function sourceAway(home: Resource<typeof storagepool>, what: string): Outcome | undefined {
  const why =
    home.spec.maintenance === true
      ? 'is in maintenance'
      : home.status.live === true
        ? undefined
        : `is not reachable: ${home.status.problem ?? 'nothing is known of it yet'}`;
  if (why === undefined) return undefined;
  const message = `storage pool ${poolName(home)}, where ${what} is, ${why}`;
  return { kind: 'wait', on: 'dependency', afterMs: SOURCE_PAUSE, message };
}
