import { DriverFailure } from '../model/errors.js';
import { asExternalId } from '../model/identity.js';
import type { Json, JsonObject } from '../model/json.js';
import type {
  Accepted,
  Change,
  Driver,
  DriverCall,
  ObjectKey,
  Observation,
  OwnedPage,
} from '../ports/driver.js';

/** How the objects of a {@link MemoryObjects} come to be as they are. */
export interface MemoryObjectsOptions<Desired, Actual> {
  readonly name: string;
  readonly dataBearing: 'yes' | 'no';
  /** The endpoint it shares with others; default: its own. */
  readonly backend?: string | undefined;
  /** What a create call makes. */
  create(desired: Desired): Actual;
  /** What differs, the change to make first at the front. */
  compare(desired: Desired, actual: Actual): readonly Change[];
  /** What one change leads to. */
  change(desired: Desired, actual: Actual, change: Change): Actual;
}

interface Kept<Actual> {
  readonly key: ObjectKey;
  actual: Actual;
}

/**
 * A backend in memory and the driver for it, in one: objects stay while the instance lives, so several kernels, one
 * after another, can work on the same outside. `down` makes every call fail as an unreachable backend does.
 */
export class MemoryObjects<Desired, Actual> implements Driver<Desired, Actual> {
  readonly name: string;
  readonly backend: string | undefined;
  readonly traits: Driver<Desired, Actual>['traits'];
  /** The objects there are, by resource. */
  readonly objects = new Map<string, Kept<Actual>>();
  /** How many mutations were carried out, by verb. */
  readonly counts = { create: 0, update: 0, delete: 0 };
  /** Set to make the backend unreachable. */
  down: DriverFailure | undefined;
  readonly #options: MemoryObjectsOptions<Desired, Actual>;

  constructor(options: MemoryObjectsOptions<Desired, Actual>) {
    this.#options = options;
    this.name = options.name;
    this.backend = options.backend;
    this.traits = {
      identity: 'chosen',
      fencing: 'none',
      dataBearing: options.dataBearing === 'yes',
    };
  }

  observe(
    key: ObjectKey,
    desired: Desired | undefined,
    call: DriverCall,
  ): Promise<Observation<Actual>> {
    return this.#answer(call, () => {
      const kept = this.objects.get(key.uuid);
      if (kept === undefined) return { presence: 'absent' };
      return {
        presence: 'present',
        external: asExternalId(key.uuid),
        actual: kept.actual,
        changes: desired === undefined ? [] : this.#options.compare(desired, kept.actual),
      };
    });
  }

  create(key: ObjectKey, desired: Desired, call: DriverCall): Promise<Accepted> {
    return this.#answer(call, () => {
      if (!this.objects.has(key.uuid)) {
        this.counts.create += 1;
        this.objects.set(key.uuid, { key, actual: this.#options.create(desired) });
      }
      return { external: asExternalId(key.uuid), settled: true };
    });
  }

  update(key: ObjectKey, desired: Desired, change: Change, call: DriverCall): Promise<Accepted> {
    return this.#answer(call, () => {
      const kept = this.objects.get(key.uuid);
      if (kept === undefined) throw gone(key);
      this.counts.update += 1;
      kept.actual = this.#options.change(desired, kept.actual, change);
      return { external: asExternalId(key.uuid), settled: true };
    });
  }

  delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    return this.#answer(call, () => {
      if (this.objects.delete(key.uuid)) this.counts.delete += 1;
      return { settled: true };
    });
  }

  list(_cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
    return this.#answer(call, () => ({
      objects: [...this.objects.values()].map(({ key }) => ({
        external: asExternalId(key.uuid),
        uuid: key.uuid,
        epoch: key.epoch,
      })),
    }));
  }

  #answer<Result>(call: DriverCall, answer: () => Result): Promise<Result> {
    return new Promise((resolve) => {
      call.signal.throwIfAborted();
      if (this.down !== undefined) throw this.down;
      resolve(answer());
    });
  }
}

/** One change of a field. */
export function changed(
  field: string,
  desired: Json | JsonObject,
  actual: Json | JsonObject,
): Change {
  return { field, desired, actual };
}

function gone(key: ObjectKey): DriverFailure {
  return new DriverFailure('rejected', 'NotThere', `nothing is there for ${key.uuid}`, {
    remedy: 'It is looked at again by itself.',
  });
}
