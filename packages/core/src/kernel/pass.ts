import { childUuid } from '../model/child-uuid.js';
import type { ConditionStatement } from '../model/condition.js';
import type { Document } from '../model/field.js';
import type { ResourceUuid } from '../model/identity.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { SealedField } from '../model/sealed-fields.js';
import type { Driver, Observation, OwnedObject } from '../ports/driver.js';
import type { NetworkDriver } from '../ports/drivers/network.js';
import type { OrphanedObject } from '../ports/orphaned-object.js';
import type {
  ChildDesired,
  Converged,
  FoundResources,
  Outcome,
  Pass,
  Placed,
  PlacementRequest,
  Unlinked,
  Unrecorded,
  Unsettled,
  WantedResources,
} from '../ports/reconciler.js';
import type { AllocationWant, Capacity, Claim, StatusRecord, Wanted } from '../ports/store.js';
import { BackendCalls } from './backend-calls.js';
import { decide, decideFarewell } from './decide.js';
import { driftWatch, judgeDrift, withoutIgnored } from './drift.js';
import { limited } from './driver-calls.js';
import { KernelOrphanedObject, ORPHANED_PART, recordOf } from './orphaned-object.js';
import { asAsked, busy, digestOf, keyOf, PassChanges } from './pass-changes.js';
import { PassReport } from './pass-report.js';
import type { PassWorld } from './pass-world.js';
import { endMove, place } from './placement.js';
import type { PassWatch } from './telemetry/pass-watch.js';

/** What a question about an appliance of another resource is told to be of. */
const CARRIED_PART = 'appliance';

/** One pass, as the kernel carries it out: collects what is said and does what is asked, one change outside at most. */
export class KernelPass<T extends ResourceType> implements Pass<T> {
  readonly signal: AbortSignal;
  readonly now: number;
  readonly #world: PassWorld;
  readonly #watch: PassWatch;
  readonly #calls: BackendCalls;
  readonly #report: PassReport<T>;
  readonly #changes: PassChanges<T>;
  /** What was looked up together: children, and whether they are there; and what others there are. */
  readonly #children = new Map<ResourceUuid, Resource | 'absent'>();
  readonly #others: Resource[] = [];
  readonly #woken: Resource[] = [];

  /** `unrecorded` is what the pass before this one did under the same lock. */
  constructor(
    resource: Resource<T>,
    why: string,
    signal: AbortSignal,
    world: PassWorld,
    watch: PassWatch,
    unrecorded?: StatusRecord,
  ) {
    this.#world = world;
    this.#watch = watch;
    this.#calls = new BackendCalls(world.breakers);
    this.#report = new PassReport(resource, why, world, unrecorded);
    this.#changes = new PassChanges(this.#report, this.#calls, signal, world, watch);
    this.signal = signal;
    this.now = world.clock.now();
  }

  get resource(): Resource<T> {
    return this.#report.resource;
  }

  async find<R extends ResourceType>(type: R, id: string | null): Promise<Resource<R> | undefined> {
    if (id === null) return undefined;
    const found = await this.#world.store.find({ kind: 'all' }, type, id);
    return found === undefined || found.removed !== null ? undefined : (found as Resource<R>);
  }

  async findAll<W extends WantedResources>(wanted: W): Promise<FoundResources<W>> {
    const names: string[] = [];
    const looks: Wanted[] = [];
    for (const [name, one] of Object.entries(wanted)) {
      if ('id' in one && one.id === null) continue;
      names.push(name);
      looks.push(
        'role' in one
          ? { uuid: childUuid(this.resource.uuid, one.role) }
          : { type: one.type, id: one.id ?? '' },
      );
    }
    const rows = await this.#world.store.findAll({ kind: 'all' }, looks);
    const found: Record<string, Resource> = {};
    for (const [index, name] of names.entries()) {
      const [look, row] = [looks[index], rows[index]];
      if (look !== undefined && 'uuid' in look) this.#children.set(look.uuid, row ?? 'absent');
      if (row === undefined || row.removed !== null) continue;
      found[name] = row;
      this.#others.push(row);
    }
    return found as FoundResources<W>;
  }

  async children<R extends ResourceType>(
    type: R,
    field: keyof (R['spec'] & R['status']) & string,
  ): Promise<readonly Resource<R>[]> {
    return (await this.#world.store.referrers(
      this.resource.uuid,
      type.id,
      field,
    )) as readonly Resource<R>[];
  }

  everyChild(field: string): Promise<readonly Resource[]> {
    return this.#world.store.everyReferrer(this.resource.uuid, field);
  }

  async all<R extends ResourceType>(type: R): Promise<readonly Resource<R>[]> {
    return (await this.#world.store.all(type, 1_000)) as readonly Resource<R>[];
  }

  async ensureChild<R extends ResourceType>(
    type: R,
    role: string,
    desired: ChildDesired<R>,
  ): Promise<Resource<R>> {
    const { resource, inserted } = await this.#world.desired.insertChild(
      this.resource,
      type,
      role,
      desired,
      this.#watch.trace,
      {
        // One with an identity of its own was not looked up by its role.
        child:
          desired.uuid === undefined
            ? this.#children.get(childUuid(this.resource.uuid, role))
            : undefined,
        others: this.#others,
      },
    );
    if (inserted === 'yes') this.note(`${role} ${type.id}`, 'requested');
    return resource as Resource<R>;
  }

  async requestDelete(uuid: ResourceUuid): Promise<void> {
    await this.#world.desired.requestDelete(
      uuid,
      `${this.resource.type} ${this.resource.id} is being removed`,
      this.#watch.trace,
    );
  }

  requestUnlink(uuid: ResourceUuid, link: Unlinked): Promise<void> {
    return this.#world.desired.requestUnlink(uuid, link, this.#watch.trace);
  }

  wake(other: Resource): Promise<void> {
    return this.#world.desired.wake(other, this.#watch.trace);
  }

  open<R extends ResourceType>(resource: Resource<R>, field: SealedField<R>): string | null {
    return this.#world.open(resource, field);
  }

  async converge<D, A>(part: string, given: Driver<D, A>, desired: D): Promise<Converged<A>> {
    const driver = this.#watch.watched(given);
    const held = this.#calls.heldBack(driver);
    if (held !== undefined) return { kind: 'unsettled', outcome: held };
    const record = this.#report.part(part);
    const digest = digestOf(desired);
    // Keyed, as it is kept: the rest of what is asked for may be known, and user data guessed by it.
    const asked = this.#world.digest(`asked\n${digest}`).slice(0, digest.length);
    const policies = this.#world.driftOf(this.resource.type);
    // What it is to be like may follow from other resources too: then nobody made it differ.
    const watch =
      // In records of earlier releases it is not keyed.
      record?.asked === undefined || [asked, digest].includes(record.asked)
        ? driftWatch(this.resource, part, policies, this.now)
        : undefined;
    const observation = withoutIgnored(await this.#look(part, driver, desired), watch);
    const decision = decide(record, observation, driver.traits, {
      part,
      repairs: this.resource.repairs,
    });
    const drift = judgeDrift(record, decision, watch);
    if (drift.kind !== 'none') this.condition(drift.statement);
    if (drift.kind === 'report') return { kind: 'unsettled', outcome: drift.outcome };
    const repaired = drift.kind === 'repair' ? drift.record : undefined;
    switch (decision.kind) {
      case 'settled':
        this.#report.keep(part, asAsked(decision.record, asked), driver.name);
        return { kind: 'settled', actual: decision.actual };
      case 'busy':
        this.#report.keep(part, decision.record, driver.name);
        return busy(driver);
      case 'unavailable':
        return this.#changes.away(driver, decision.failure);
      case 'stall': {
        const { record: seen, ...outcome } = decision;
        this.#report.keep(part, seen, driver.name);
        return { kind: 'unsettled', outcome };
      }
      case 'create':
        return this.#changes.create(part, driver, desired, repaired ?? decision.record);
      case 'update':
        return this.#changes.update(
          part,
          driver,
          desired,
          repaired ?? decision.record,
          decision.change,
        );
      case 'discard':
        return this.#changes.discard(part, driver, decision.record, decision.extra);
    }
  }

  async dissolve<D, A>(
    part: string,
    given: Driver<D, A>,
    unrecorded: Unrecorded = 'never made',
  ): Promise<{ readonly kind: 'gone' } | Unsettled> {
    const driver = this.#watch.watched(given);
    const record = this.#report.part(part);
    if (record === undefined && unrecorded === 'never made') return { kind: 'gone' };
    const held = this.#calls.heldBack(driver);
    if (held !== undefined) return { kind: 'unsettled', outcome: held };
    const decision = decideFarewell(record, await this.#look(part, driver, undefined));
    switch (decision.kind) {
      case 'gone': {
        if (record === undefined) return { kind: 'gone' };
        this.#report.forget(part);
        this.note(`${part}.absent`, 'seen gone');
        return { kind: 'gone' };
      }
      case 'busy':
        return busy(driver);
      case 'unavailable':
        return this.#changes.away(driver, decision.failure);
      case 'delete': {
        const call = this.#changes.callFor(part, decision.record, 'delete');
        return this.#changes.mutate('delete', part, driver, decision.record, undefined, () =>
          driver.delete(keyOf(this.resource.uuid, decision.record), call),
        );
      }
    }
  }

  carried(driver: NetworkDriver, network: ResourceUuid): Promise<number | undefined> {
    const { uuid, generation, deleteRequestedAt } = this.resource;
    // A question is the same for as long as the same answer is hoped for.
    const hope = deleteRequestedAt === null ? `carried ${generation}` : 'let go';
    const call = this.#changes.callFor(CARRIED_PART, undefined, hope);
    const answer = limited(driver.carried(network, uuid, call), call.signal);
    return this.#calls.change(driver.appliances, answer);
  }

  orphaned<D, A>(given: Driver<D, A>, object: OwnedObject): OrphanedObject {
    const driver = this.#watch.watched(given);
    const record = this.#report.part(ORPHANED_PART) ?? recordOf(object);
    return new KernelOrphanedObject({
      driver,
      object,
      store: this.#world.store,
      look: () =>
        this.#calls.look(
          driver,
          object,
          undefined,
          this.#changes.callFor(ORPHANED_PART, record, 'observe'),
        ),
      call: (act) => this.#changes.callFor(ORPHANED_PART, record, act),
      carryOut: (verb, change, act) =>
        this.#changes.mutate(verb, ORPHANED_PART, driver, record, change, act),
      heldBack: () => this.#calls.heldBack(driver),
      away: (failure) => this.#changes.away(driver, failure),
    });
  }

  async allocate(pool: string, items: Iterable<string>): Promise<string | undefined> {
    return this.#world.store.allocate(pool, this.resource.uuid, items);
  }

  allocateAll(wants: readonly AllocationWant[]): Promise<readonly (string | undefined)[]> {
    return this.#world.store.allocateAll(this.resource.uuid, wants);
  }

  async offer(className: string, total: number): Promise<Capacity> {
    const { store } = this.#world;
    await store.setCapacity(this.resource.uuid, className, total);
    return (await store.capacities(className)).get(this.resource.uuid) ?? { total, used: 0 };
  }

  charge(holder: ResourceUuid, className: string, amount: number): Promise<boolean> {
    return this.#world.store.claimCapacity(this.resource.uuid, holder, className, amount);
  }

  charged(className: string): Promise<Claim | undefined> {
    return this.#world.store.claimOf(this.resource.uuid, className);
  }

  place(request: PlacementRequest): Promise<Placed> {
    return place(this.resource, request, this.#world, this.#watch);
  }

  endMove(request: PlacementRequest, to: ResourceUuid, how: 'arrived' | 'back'): Promise<void> {
    return endMove(this.resource.uuid, request, { to, how }, this.#world);
  }

  release(pool: string): Promise<void> {
    return this.#world.store.release(pool, this.resource.uuid);
  }

  wakeAfterwards(others: readonly Resource[]): void {
    this.#woken.push(...others);
  }

  /** Who is to be looked at once this pass is recorded. */
  get woken(): readonly Resource[] {
    return this.#woken;
  }

  report(status: Partial<Document<T['status']>>): void {
    this.#report.report(status);
  }

  relate(field: keyof T['status'] & string, target: Resource | null): void {
    this.#report.relate(field, target);
  }

  condition(statement: ConditionStatement): void {
    this.#report.condition(statement);
  }

  note(what: string, result: string): void {
    this.#report.note(what, result);
  }

  /** Whether the one change of this pass was carried out to its end. */
  get changeIsDone(): 'yes' | 'no' {
    return this.#changes.done;
  }

  /** The row's new status columns, given how the pass ended. */
  finish(outcome: Outcome): StatusRecord {
    return this.#report.finish(outcome);
  }

  #look<D, A>(part: string, driver: Driver<D, A>, desired: D | undefined): Promise<Observation<A>> {
    const record = this.#report.part(part);
    const key = keyOf(this.resource.uuid, record);
    return this.#calls.look(driver, key, desired, this.#changes.callFor(part, record, 'observe'));
  }
}
