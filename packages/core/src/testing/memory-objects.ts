import { DriverFailure } from '../model/errors.js';
import { asExternalId, asUuid } from '../model/identity.js';
import type { Json, JsonObject } from '../model/json.js';
import type {
  Accepted,
  Change,
  Driver,
  DriverCall,
  Foreseen,
  ObjectKey,
  Observation,
  OwnedPage,
  WorkProgress,
} from '../ports/driver.js';

/** The change that brings an object back from quarantine. */
const QUARANTINED = 'quarantined';
/** The change that puts our stamp on an object of a stranger's. */
const ADOPTED = 'adopted';

/** How the objects of a {@link MemoryObjects} come to be as they are. */
export interface MemoryObjectsOptions<Desired, Actual> {
  readonly name: string;
  readonly dataBearing: 'yes' | 'no';
  /** The endpoint it shares with others; default: its own. */
  readonly backend?: string | undefined;
  /** What a create call makes. */
  create(desired: Desired, key: ObjectKey): Actual;
  /** What is still to be done before a create call makes anything. Default: nothing. */
  awaits?(desired: Desired, key: ObjectKey): WorkProgress | undefined;
  /** What differs, the change to make first at the front. */
  compare(desired: Desired, actual: Actual): readonly Change[];
  /** What one change leads to. */
  change(desired: Desired, actual: Actual, change: Change): Actual;
  /** Whether `desired` names something that was there before, so that a stranger's may be taken over. Default: `no`. */
  adopts?(desired: Desired): 'yes' | 'no';
  /** The object as a look shows it to who wants `desired`. Default: as it is. */
  show?(desired: Desired, actual: Actual): Actual;
}

/** Names no object: of what a create call would make. */
const NOBODY: ObjectKey = { uuid: asUuid('00000000-0000-7000-8000-000000000000'), epoch: 1 };

interface Kept<Actual> {
  readonly key: ObjectKey;
  actual: Actual;
  /** `none` when a stranger made it or took our stamp off: it can be found by name, but it is not ours. */
  stamp: 'ours' | 'none';
  place: 'in use' | 'quarantine';
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
  /** How often an object was set aside. */
  quarantines = 0;
  /** How many objects one page of a listing has at most. */
  pageSize = Number.MAX_SAFE_INTEGER;
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
        actual: desired === undefined ? kept.actual : this.#shown(desired, kept.actual),
        changes: desired === undefined ? [] : this.#changes(desired, kept),
      };
    });
  }

  create(key: ObjectKey, desired: Desired, call: DriverCall): Promise<Accepted> {
    return this.#answer(call, () => {
      if (!this.objects.has(key.uuid)) {
        const progress = this.#options.awaits?.(desired, key);
        if (progress !== undefined) return { settled: false, progress };
        this.counts.create += 1;
        this.plant(key, desired);
      }
      return { external: asExternalId(key.uuid), settled: true };
    });
  }

  update(key: ObjectKey, desired: Desired, change: Change, call: DriverCall): Promise<Accepted> {
    return this.#answer(call, () => {
      const kept = this.objects.get(key.uuid);
      if (kept === undefined) throw gone(key);
      this.counts.update += 1;
      if (change.field === QUARANTINED) kept.place = 'in use';
      else if (change.field === ADOPTED) kept.stamp = 'ours';
      else kept.actual = this.#options.change(desired, kept.actual, change);
      return { external: asExternalId(key.uuid), settled: true };
    });
  }

  delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    return this.#answer(call, () => {
      if (this.objects.delete(key.uuid)) this.counts.delete += 1;
      return { settled: true };
    });
  }

  foresee(desired: Desired, call: DriverCall): Promise<Foreseen<Actual>> {
    return this.#answer(call, () => {
      const options = this.#options;
      const changes: Change[] = [];
      let actual = options.create(desired, NOBODY);
      // A stubborn outside, as some tests make one, is never as desired.
      while (changes.length < 100) {
        const [next] = options.compare(desired, actual);
        if (next === undefined) break;
        changes.push(next);
        actual = options.change(desired, actual, next);
      }
      return { changes, actual: this.#shown(desired, actual) };
    });
  }

  quarantine(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    return this.#answer(call, () => {
      const kept = this.objects.get(key.uuid);
      if (kept?.place === 'in use') {
        kept.place = 'quarantine';
        this.quarantines += 1;
      }
      return { settled: true };
    });
  }

  list(cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
    return this.#answer(call, () => {
      const rest = [...this.objects.values()]
        .filter(({ stamp, key }) => stamp === 'ours' && (cursor === undefined || key.uuid > cursor))
        .map(({ key }) => ({
          external: asExternalId(key.uuid),
          uuid: key.uuid,
          epoch: key.epoch,
        }))
        .sort((left, right) => (left.uuid < right.uuid ? -1 : 1));
      const objects = rest.slice(0, this.pageSize);
      return rest.length > objects.length ? { objects, cursor: objects.at(-1)?.uuid } : { objects };
    });
  }

  /** Puts an object there without any driver call, as a stranger or a process of the past does. */
  plant(key: ObjectKey, desired: Desired, stamp: 'ours' | 'none' = 'ours'): void {
    this.put(key, this.#options.create(desired, key), stamp);
  }

  /** Puts an object there as it is. */
  put(key: ObjectKey, actual: Actual, stamp: 'ours' | 'none' = 'ours'): void {
    this.objects.set(key.uuid, { key, actual, stamp, place: 'in use' });
  }

  #shown(desired: Desired, actual: Actual): Actual {
    return this.#options.show?.(desired, actual) ?? actual;
  }

  #changes(desired: Desired, { actual, place, stamp }: Kept<Actual>): readonly Change[] {
    if (stamp === 'none' && this.#options.adopts?.(desired) === 'yes')
      return [changed(ADOPTED, true, false)];
    const others = this.#options.compare(desired, actual);
    return place === 'in use' ? others : [changed(QUARANTINED, false, true), ...others];
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
