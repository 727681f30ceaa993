import { DriverFailure } from '../model/errors.js';
import { isOrphaned } from '../model/orphaned.js';
import type { PartRecord } from '../model/resource.js';
import type {
  Accepted,
  Change,
  Driver,
  DriverCall,
  Observation,
  OwnedObject,
} from '../ports/driver.js';
import type { OrphanedObject, OrphanLook, Quarantining } from '../ports/orphaned-object.js';
import type { Outcome, Unsettled } from '../ports/reconciler.js';
import type { ResourceReads } from '../ports/store.js';
import { backendOf } from './backend-calls.js';

/** The part of an orphan's row that counts what was done to the object, for operation keys of their own. */
export const ORPHANED_PART = 'object';

/** How often to look at an orphan that its backend is working on; milliseconds. */
const BUSY_PAUSE = 1_000;

/** What an {@link OrphanedObject} works with. */
export interface OrphanedObjectOptions<D, A> {
  readonly driver: Driver<D, A>;
  readonly object: OwnedObject;
  readonly store: Pick<ResourceReads, 'get'>;
  /** Looks at the object by way of its backend's breaker. */
  readonly look: () => Promise<Observation<A>>;
  /** How a pass ends whose backend is left alone for now. */
  readonly heldBack: () => Outcome | undefined;
  /** In the name of the orphan's own row: its fence, its operation. */
  readonly call: (act: 'quarantine' | 'delete') => DriverCall;
  /** Makes the one change of the pass: hooks before and after, the record, the outcome. */
  readonly carryOut: (
    verb: 'update' | 'delete',
    change: Change | undefined,
    act: () => Promise<Accepted>,
  ) => Promise<Unsettled>;
  /** How a pass ends whose backend can't be reached. */
  readonly away: (failure: DriverFailure) => Unsettled;
}

/** Acts on an object by a key that is not the pass's own, which nothing else in the kernel may. */
export class KernelOrphanedObject<D, A> implements OrphanedObject {
  readonly #options: OrphanedObjectOptions<D, A>;

  constructor(options: OrphanedObjectOptions<D, A>) {
    this.#options = options;
  }

  async look(): Promise<OrphanLook> {
    const { driver, object, look, heldBack, away } = this.#options;
    if (await this.#isClaimed()) return { kind: 'claimed' };
    const held = heldBack();
    if (held !== undefined) return { kind: 'unsettled', outcome: held };
    const seen = await look();
    switch (seen.presence) {
      case 'unknown':
        return away(seen.failure);
      case 'absent':
        return { kind: 'absent' };
      case 'present':
        // Another object with the same key has a row of its own here, once it has been swept up.
        if (seen.external !== object.external) return { kind: 'absent' };
        return seen.busy === true
          ? busy(`${driver.name} is still working on it`, backendOf(driver))
          : { kind: 'present' };
    }
  }

  async quarantine(): Promise<Quarantining> {
    const { driver, object, call, carryOut } = this.#options;
    if (driver.quarantine === undefined) throw new TypeError(`${driver.name} has no quarantine`);
    let step: Quarantining['quarantine'] = 'under way';
    const change = { field: 'quarantined', desired: true, actual: false };
    const unsettled = await carryOut('update', change, async () => {
      await this.#demandUnclaimed();
      const accepted = await driver.quarantine?.(object, call('quarantine'));
      if (accepted?.settled === true) step = 'done';
      return accepted ?? { settled: false };
    });
    return { ...unsettled, quarantine: step };
  }

  reap(): Promise<Unsettled> {
    const { driver, object, call, carryOut } = this.#options;
    return carryOut('delete', undefined, async () => {
      await this.#demandUnclaimed();
      return driver.delete(object, call('delete'));
    });
  }

  // The last thing before the call: hooks may have taken a while.
  async #demandUnclaimed(): Promise<void> {
    if (!(await this.#isClaimed())) return;
    throw new DriverFailure('rejected', 'Claimed', 'a live resource claims the object', {
      remedy: 'Nothing to do: it is left as it is, and forgotten here.',
    });
  }

  async #isClaimed(): Promise<boolean> {
    const { store, object, driver } = this.#options;
    const { name, traits } = driver;
    const { identity } = traits;
    return !isOrphaned(object, await store.get(object.uuid), { name, identity });
  }
}

/** The record of an orphan to which nothing was done yet. */
export function recordOf({ epoch, external }: OwnedObject): PartRecord {
  return { state: 'recorded', epoch, external, step: 0 };
}

function busy(message: string, backend: string): Unsettled {
  return {
    kind: 'unsettled',
    outcome: { kind: 'wait', on: 'backend', afterMs: BUSY_PAUSE, message, backend },
  };
}
