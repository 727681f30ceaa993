import { isDeepStrictEqual } from 'node:util';
import { DriverFailure } from '../../model/errors.js';
import { asExternalId, type ExternalId } from '../../model/identity.js';
import type {
  Accepted,
  Change,
  Driver,
  DriverCall,
  DriverTraits,
  Foreseen,
  ObjectKey,
  Observation,
  OwnedPage,
} from '../../ports/driver.js';
import type { ForeseenOutside, PlannedObject } from './foreseen-outside.js';
import type { PlannedRoom } from './plan.js';

/** What an object that is not there yet is called. */
const NOT_YET: ExternalId = asExternalId('foreseen');

/**
 * Stands in for a driver in a plan: looks by it, and takes its changes for made instead of making them. Never calls
 * its `create`, `update` or `delete`.
 */
export class ForeseenDriver<Desired, Actual> implements Driver<Desired, Actual> {
  readonly name: string;
  readonly backend: string | undefined;
  readonly traits: DriverTraits;
  /** There is one where the driver has one: without it, plans stall as passes do. */
  readonly quarantine?: () => Promise<Accepted>;
  readonly #real: Driver<Desired, Actual>;
  readonly #object: PlannedObject;
  readonly #outside: ForeseenOutside;
  /** What the last look found to be changed. */
  #changes: readonly Change[] = [];
  /** How many more objects under its key the last look found. */
  #others = 0;

  constructor(real: Driver<Desired, Actual>, object: PlannedObject, outside: ForeseenOutside) {
    this.name = real.name;
    this.backend = real.backend;
    this.traits = real.traits;
    this.#real = real;
    this.#object = object;
    this.#outside = outside;
    if (real.quarantine !== undefined) this.quarantine = () => this.#setAside();
  }

  async observe(
    key: ObjectKey,
    desired: Desired | undefined,
    call: DriverCall,
  ): Promise<Observation<Actual>> {
    const foreseen = this.#outside.objectOf(this.#object);
    if (foreseen?.kind === 'absent') return { presence: 'absent' };
    if (
      foreseen === undefined ||
      foreseen.kind === 'fewer' ||
      (foreseen.kind === 'present' && desired === undefined)
    ) {
      const seen = await this.#look(key, desired, call);
      this.#changes = seen.presence === 'present' ? seen.changes : [];
      this.#others = seen.presence === 'present' ? (seen.duplicates?.length ?? 0) : 0;
      return seen;
    }
    if (foreseen.kind === 'present' && isDeepStrictEqual(foreseen.desired, desired)) {
      const then = desired === undefined ? undefined : await this.#real.foresee?.(desired, call);
      this.#changes = foreseen.changes;
      if (then !== undefined) return { ...present(key, then), changes: foreseen.changes };
    }
    this.#outside.foresee(this.#object, this.name, { kind: 'unforeseen' });
    return { presence: 'unknown', failure: this.#notForeseen() };
  }

  async create(key: ObjectKey, desired: Desired, call: DriverCall): Promise<Accepted> {
    const then = await this.#real.foresee?.(desired, call);
    this.#outside.step(
      this.#object,
      this.name,
      { verb: 'create', ...roomOf(then) },
      then === undefined
        ? { kind: 'unforeseen' }
        : { kind: 'present', desired, changes: then.changes },
    );
    return { external: externalOf(key), settled: then !== undefined };
  }

  async update(
    key: ObjectKey,
    desired: Desired,
    change: Change,
    call: DriverCall,
  ): Promise<Accepted> {
    const then = await this.#real.foresee?.(desired, call);
    const left = this.#changes.filter(({ field }) => field !== change.field);
    // What is there need not be foreseen: the other changes are known.
    const made = then === undefined ? [change, ...left] : [change];
    for (const one of made) {
      this.#outside.step(
        this.#object,
        this.name,
        { verb: 'update', ...one, ...roomOf(then) },
        then === undefined ? { kind: 'unforeseen' } : { kind: 'present', desired, changes: left },
      );
    }
    return { external: externalOf(key), settled: then !== undefined };
  }

  async delete({ external }: ObjectKey): Promise<Accepted> {
    if (external === undefined || this.#others === 0) {
      this.#outside.step(this.#object, this.name, { verb: 'delete' }, { kind: 'absent' });
    } else {
      this.#outside.step(
        this.#object,
        this.name,
        { verb: 'delete', actual: external },
        { kind: 'fewer', gone: [...this.#gone(), external] },
      );
    }
    return { settled: true };
  }

  list(cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
    return this.#real.list(cursor, call);
  }

  // What is set aside is still there, and whoever set it aside knows.
  async #setAside(): Promise<Accepted> {
    const step = { verb: 'update', field: 'quarantined', desired: true, actual: false } as const;
    this.#outside.step(this.#object, this.name, step, undefined);
    return { settled: true };
  }

  /** Looks past what the plan has destroyed of several objects under one key. */
  async #look(
    key: ObjectKey,
    desired: Desired | undefined,
    call: DriverCall,
  ): Promise<Observation<Actual>> {
    const gone = this.#gone();
    // Where the one that is known would be gone, the others are searched for.
    const isGone = key.external !== undefined && gone.includes(key.external);
    const sought = isGone ? { ...key, external: undefined } : key;
    const seen = await this.#real.observe(sought, desired, call);
    if (gone.length === 0 || seen.presence !== 'present') return seen;
    const duplicates = (seen.duplicates ?? []).filter(({ external }) => !gone.includes(external));
    if (!gone.includes(seen.external)) return { ...seen, duplicates };
    const [next, ...others] = duplicates;
    if (next === undefined) return { presence: 'absent' };
    const then = await this.#real.observe({ ...key, external: next.external }, desired, call);
    return then.presence === 'present' ? { ...then, duplicates: others } : then;
  }

  #gone(): readonly ExternalId[] {
    const foreseen = this.#outside.objectOf(this.#object);
    return foreseen?.kind === 'fewer' ? foreseen.gone : [];
  }

  // Refused, and not away: the backend was not asked, and must not count as one that does not answer.
  #notForeseen(): DriverFailure {
    return new DriverFailure(
      'rejected',
      'NotForeseen',
      `what ${this.#object.part} will be like is not known before it is made`,
      { remedy: 'Ask for the change itself.' },
    );
  }
}

function present<Actual>(
  key: ObjectKey,
  then: Foreseen<Actual>,
): Observation<Actual> & { readonly presence: 'present' } {
  const { actual, changes } = then;
  return { presence: 'present', external: externalOf(key), actual, changes };
}

// Of all drivers only those of disks say such a thing, and in these words.
function roomOf(then: Foreseen<unknown> | undefined): { readonly room?: PlannedRoom } {
  const { virtualBytes, physicalBytes } = (then?.actual ?? {}) as Partial<
    Record<keyof PlannedRoom, unknown>
  >;
  return typeof virtualBytes === 'number' && typeof physicalBytes === 'number'
    ? { room: { virtualBytes, physicalBytes } }
    : {};
}

function externalOf(key: ObjectKey): ExternalId {
  return key.external ?? NOT_YET;
}
