import {
  asExternalId,
  asFence,
  asUuid,
  type ExternalId,
  type ResourceUuid,
} from '../../model/identity.js';
import type {
  Accepted,
  Change,
  Driver,
  DriverCall,
  ObjectKey,
  Observation,
  OwnedPage,
} from '../../ports/driver.js';
import { CALL_FAULTS, type Fault } from '../simulator/fault.js';
import type { Process } from '../simulator/process.js';
import type { PointOptions, Variant, World } from '../simulator/world.js';
import { away, failureOf, refused } from './outside-failures.js';
import type {
  Maker,
  ObjectKind,
  OutsideEvent,
  OutsideObject,
  OutsideWitness,
} from './outside-model.js';

const PAGE = 3;
/** Names no object: of what a create call would make. */
const NOBODY: Pick<ObjectKey, 'uuid'> = { uuid: asUuid('00000000-0000-7000-8000-000000000000') };
const ACTS: ReadonlySet<Fault> = new Set<Fault>([...CALL_FAULTS, 'duplicate']);
const MAKES: ReadonlySet<Fault> = new Set<Fault>([...ACTS, 'partial']);

/**
 * A model of one kind of outside object and of its driver. The model is stricter than most backends where the kernel
 * relies on it and as loose as the worst where it does not: replies get lost, creates break off halfway, work goes on
 * after the answer, and a driver that finds its objects by a stamp looks first and makes then, so that a late call of
 * a zombie can make a second one.
 */
export class OutsideObjects<Desired, Actual> {
  readonly kind: ObjectKind<Desired, Actual>;
  readonly objects = new Map<ExternalId, OutsideObject<Actual>>();
  readonly #world: World;
  readonly #witness: OutsideWitness;
  #count = 0;

  constructor(world: World, kind: ObjectKind<Desired, Actual>, witness: OutsideWitness) {
    this.#world = world;
    this.kind = kind;
    this.#witness = witness;
  }

  /** The driver as one process has it. */
  driverOf(process: Process): Driver<Desired, Actual> {
    const { name, traits, backend } = this.kind;
    const point = (verb: string, possible: ReadonlySet<Fault>): PointOptions => ({
      label: `${name}.${verb}`,
      possible,
      failure: (fault) => failureOf(name, verb, fault),
    });
    const call = <Result>(
      verb: string,
      possible: ReadonlySet<Fault>,
      { signal }: DriverCall,
      effect: (variant: Variant) => Result,
    ): Promise<Result> => {
      signal.throwIfAborted();
      return this.#world.point(process, point(verb, possible), (variant) => {
        if (backend.mode !== 'up') throw away(name);
        return effect(variant);
      });
    };
    return {
      name: `simulated.${name}`,
      backend: backend.name,
      traits,
      observe: async (key, desired, order) => {
        if (backend.mode === 'silent') return { presence: 'unknown', failure: away(name) };
        return call('observe', CALL_FAULTS, order, () => this.#look(key, desired));
      },
      create: async (key, desired, order) => {
        this.#witness.sent(process, name, key, desired);
        if (traits.identity === 'stamped') {
          const there = await call('find', CALL_FAULTS, order, () => this.#find(key));
          if (there !== undefined) return accepted(there.external, 0, this.#world.now);
        }
        return call('make', MAKES, order, (variant) =>
          this.#make(process, key, desired, order, variant),
        );
      },
      update: async (key, desired, change, order) => {
        this.#witness.sent(process, name, key, desired);
        const acting = this.kind.acting?.includes(change.field) === true;
        if (acting)
          await call('change', ACTS, order, () =>
            this.#change(process, key, desired, change, order, 'partial'),
          );
        return call(acting ? 'note' : 'change', MAKES, order, (variant) =>
          this.#change(process, key, desired, change, order, variant),
        );
      },
      delete: async (key, order) => {
        this.#witness.sent(process, name, key, undefined);
        return call('destroy', ACTS, order, () => this.#destroy(process, key, order));
      },
      foresee: (desired, order) =>
        call('foresee', CALL_FAULTS, order, () => ({
          changes: this.kind.compare(desired, this.kind.create(desired, NOBODY)),
          actual: this.kind.create(desired, NOBODY),
        })),
      quarantine: async (key, order) => {
        this.#witness.sent(process, name, key, undefined);
        return call('quarantine', ACTS, order, () => {
          const object = this.#find(key);
          if (object !== undefined) object.place = 'aside';
          return { settled: true };
        });
      },
      list: (cursor, order) => call('list', CALL_FAULTS, order, () => this.#page(cursor)),
    };
  }

  /** Takes over copies of another one's objects. */
  takeOver(other: OutsideObjects<Desired, Actual>): void {
    for (const [external, object] of other.objects)
      this.objects.set(external, { ...object, done: new Set(object.done) });
    this.#count = other.#count;
  }

  /** Somebody who knows nothing of us takes an object away. */
  vandalize(external: ExternalId | undefined): void {
    if (external === undefined) return;
    const object = this.objects.get(external);
    if (object === undefined) return;
    this.objects.delete(external);
    this.#tell('destroyed', object, undefined, undefined);
  }

  /** Somebody who knows nothing of us changes an object. */
  meddle(external: ExternalId, actual: Actual): void {
    const object = this.objects.get(external);
    if (object !== undefined) object.actual = actual;
  }

  /** An object appears that carries a key of ours which nothing else knows of: what a restored backup does. */
  appear(uuid: ResourceUuid, actual: Actual): void {
    const object: OutsideObject<Actual> = {
      external: this.#name(uuid),
      uuid,
      epoch: 1,
      actual,
      half: 'no',
      busyUntil: 0,
      place: 'in use',
      fence: asFence(''),
      done: new Set(),
    };
    this.objects.set(object.external, object);
    this.#tell('made', object, undefined, undefined);
  }

  /** A second object appears that carries the key of another: what a careless restore does. */
  twin(external: ExternalId): void {
    const object = this.objects.get(external);
    if (object === undefined) return;
    const copy = { ...object, external: this.#name(object.uuid), done: new Set(object.done) };
    this.objects.set(copy.external, copy);
    this.#tell('made', copy, undefined, undefined);
  }

  /** The objects that carry a key, the oldest first. */
  matching(uuid: ResourceUuid, epoch: number): readonly OutsideObject<Actual>[] {
    const found: OutsideObject<Actual>[] = [];
    for (const object of this.objects.values()) {
      const isMeant = object.epoch === epoch || this.kind.knownBy === 'uuid';
      if (object.uuid === uuid && isMeant) found.push(object);
    }
    return found;
  }

  /** All objects of a resource, of whatever epoch. */
  of(uuid: ResourceUuid): readonly OutsideObject<Actual>[] {
    return [...this.objects.values()].filter((object) => object.uuid === uuid);
  }

  #find(key: ObjectKey): OutsideObject<Actual> | undefined {
    const matches = this.matching(key.uuid, key.epoch);
    return matches.find(({ external }) => external === key.external) ?? matches[0];
  }

  #look(key: ObjectKey, desired: Desired | undefined): Observation<Actual> {
    const object = this.#find(key);
    if (object === undefined) return { presence: 'absent' };
    const others = this.matching(key.uuid, key.epoch).filter((other) => other !== object);
    const changes = desired === undefined ? [] : this.kind.compare(desired, object.actual);
    const half: readonly Change[] =
      object.half === 'yes' ? [{ field: 'completeness', desired: 'whole', actual: 'half' }] : [];
    return {
      presence: 'present',
      external: object.external,
      actual: object.actual,
      changes: [...half, ...changes],
      busy: object.busyUntil > this.#world.now,
      duplicates: others.map(({ external, done }) => ({
        external,
        used: done.size > 1 ? ('maybe' as const) : ('never' as const),
      })),
    };
  }

  #make(
    process: Process,
    key: ObjectKey,
    desired: Desired,
    order: DriverCall,
    variant: Variant,
  ): Accepted {
    const there = this.#collidingWith(key);
    if (there !== undefined) return accepted(there.external, there.busyUntil, this.#world.now);
    const external = this.#name(key.uuid, key.epoch);
    const refusal = this.kind.refuseMaking?.(key, desired);
    if (refusal !== undefined) throw refusal;
    const object = this.#put(
      external,
      key,
      this.kind.create(desired, key),
      { process, order },
      variant,
    );
    return accepted(external, object.busyUntil, this.#world.now);
  }

  /** Another kind's change makes an object. */
  arise(key: ObjectKey, actual: Actual, by: Maker): void {
    this.#put(this.#name(key.uuid, key.epoch), key, actual, by, 'whole');
  }

  #put(
    external: ExternalId,
    { uuid, epoch }: ObjectKey,
    actual: Actual,
    { process, order }: Maker,
    variant: Variant,
  ): OutsideObject<Actual> {
    const object: OutsideObject<Actual> = {
      external,
      uuid,
      epoch,
      actual,
      place: 'in use',
      half: variant === 'partial' ? 'yes' : 'no',
      busyUntil: this.#world.now + this.#work(),
      fence: order.fence,
      done: new Set([order.operation]),
    };
    this.objects.set(external, object);
    this.#tell('made', object, process, undefined);
    return object;
  }

  #change(
    process: Process,
    key: ObjectKey,
    desired: Desired,
    change: Change,
    order: DriverCall,
    variant: Variant,
  ): Accepted {
    const object = this.#find(key);
    if (object === undefined) throw refused(this.kind.name, 'NotThere', 'nothing is there');
    this.#demandFence(object, order);
    const refusal = this.kind.refuse?.(desired, object.actual, change);
    if (refusal !== undefined) throw refusal;
    if (change.field === 'completeness') {
      object.half = 'no';
    } else {
      if (!object.done.has(order.operation)) {
        object.done.add(order.operation);
        object.actual = this.kind.act(desired, object.actual, change);
        object.busyUntil = this.#world.now + this.#work();
      }
      if (variant === 'whole') this.kind.beside?.(object.actual, change, { process, order });
      if (variant === 'whole') object.actual = this.kind.note(desired, object.actual, change);
    }
    this.#tell('changed', object, process, change);
    return accepted(object.external, object.busyUntil, this.#world.now);
  }

  #destroy(process: Process, key: ObjectKey, order: DriverCall): Accepted {
    // Exactly the one that is named, where one is: another with the same key may be the one that stays.
    const object = key.external === undefined ? this.#find(key) : this.objects.get(key.external);
    if (object === undefined) return { settled: true };
    this.#demandFence(object, order);
    this.objects.delete(object.external);
    this.#tell('destroyed', object, process, undefined);
    return { settled: true };
  }

  #demandFence(object: OutsideObject<Actual>, { fence }: DriverCall): void {
    if (this.kind.traits.fencing !== 'cas') return;
    if (fence < object.fence)
      throw refused(this.kind.name, 'Fenced', 'a newer holder has changed it');
    object.fence = fence;
  }

  #page(cursor: string | undefined): OwnedPage {
    const all = [...this.objects.values()];
    const from = cursor === undefined ? 0 : Number(cursor);
    const objects = all
      .slice(from, from + PAGE)
      .map(({ external, uuid, epoch }) => ({ external, uuid, epoch }));
    return from + PAGE < all.length ? { objects, cursor: String(from + PAGE) } : { objects };
  }

  #work(): number {
    const { workMs } = this.kind.backend;
    return workMs === 0 ? 0 : this.#world.random.below(workMs);
  }

  // We choose the name of some objects, so that a second create collides; of others the backend does.
  #collidingWith({ uuid, epoch }: ObjectKey): OutsideObject<Actual> | undefined {
    if (this.kind.traits.identity !== 'chosen') return undefined;
    return this.kind.referredToBy === 'making'
      ? this.matching(uuid, epoch)[0]
      : this.objects.get(this.#name(uuid, epoch));
  }

  #name(uuid: ResourceUuid, epoch?: number): ExternalId {
    const isChosen = this.kind.traits.identity === 'chosen' && this.kind.referredToBy !== 'making';
    if (isChosen && epoch !== undefined) return asExternalId(`${this.kind.name}/${uuid}/${epoch}`);
    this.#count += 1;
    return asExternalId(`${this.kind.name}#${this.#count}`);
  }

  #tell(
    what: OutsideEvent['what'],
    object: OutsideObject<Actual>,
    by: Process | undefined,
    change: Change | undefined,
  ): void {
    const { name, traits } = this.kind;
    this.#witness.happened({
      what,
      kind: name,
      dataBearing: traits.dataBearing,
      object,
      change,
      by,
    });
  }
}

function accepted(external: ExternalId, busyUntil: number, now: number): Accepted {
  return { external, settled: busyUntil <= now };
}
