import type { Resource } from '../model/resource.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import type { StatusRecord, Store } from '../ports/store.js';
import type { ChildRequests } from './child-requests.js';
import type { HookRunner } from './hook-runner.js';

/** All that passes share: the ports, narrowed to what a pass may do. */
export interface PassWorld {
  readonly store: Pick<
    Store,
    'find' | 'list' | 'referrers' | 'allocate' | 'capacities' | 'claimCapacity'
  >;
  readonly clock: Clock;
  readonly random: Random;
  readonly hooks: HookRunner;
  readonly desired: ChildRequests;
  /** Writes status columns under the row's fence. Throws {@link Fenced} when another holder has taken over. */
  record(resource: Resource, record: StatusRecord): Promise<Resource>;
}

/** Another holder has taken the resource over: whatever this one was doing is to stop, and nothing it says counts. */
export class Fenced extends Error {
  override readonly name = 'Fenced';

  constructor(uuid: string) {
    super(`resource ${uuid} has a newer holder`);
  }
}
