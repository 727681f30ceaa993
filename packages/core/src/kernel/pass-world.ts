import type { DriftPolicies } from '../model/drift-policy.js';
import type { Resource } from '../model/resource.js';
import type { OpenSealed } from '../model/sealed-fields.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import type { StatusRecord, Store } from '../ports/store.js';
import type { ChildRequests } from './child-requests.js';
import type { CircuitBreakers } from './circuit-breaker.js';
import type { HookRunner } from './hook-runner.js';

/** All that passes share: the ports, narrowed to what a pass may do. */
export interface PassWorld {
  readonly store: Pick<
    Store,
    | 'get'
    | 'find'
    | 'findAll'
    | 'all'
    | 'referrers'
    | 'everyReferrer'
    | 'allocate'
    | 'allocateAll'
    | 'release'
    | 'setCapacity'
    | 'capacities'
    | 'claimCapacity'
    | 'claimOf'
    | 'moveClaim'
    | 'releaseCapacity'
  >;
  readonly clock: Clock;
  readonly random: Random;
  readonly hooks: Pick<HookRunner, 'run' | 'names'>;
  readonly desired: ChildRequests;
  readonly breakers: CircuitBreakers;
  /** A digest that only this cloud can make: what is told of something secret. */
  digest(text: string): string;
  /** Opens what is kept sealed. */
  readonly open: OpenSealed;
  /** What to do about drift of resources of a type. */
  driftOf(type: string): DriftPolicies;
  /** Writes status columns under the row's fence. Throws {@link Abandoned} when another holder has taken over. */
  record(resource: Resource, record: StatusRecord): Promise<Resource>;
}

/** A pass that must not go on: whatever it was doing stops, and nothing it would say counts. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';

  constructor(uuid: string, why: string) {
    super(`work on resource ${uuid} was abandoned: ${why}`);
  }
}
