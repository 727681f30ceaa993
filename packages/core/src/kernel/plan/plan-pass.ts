import type { ConditionStatement } from '../../model/condition.js';
import type { Document } from '../../model/field.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { SealedField } from '../../model/sealed-fields.js';
import type { Driver, OwnedObject } from '../../ports/driver.js';
import type { ApplianceDesired } from '../../ports/drivers/appliance.js';
import { elementsOf } from '../../ports/drivers/appliance-elements.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { OrphanedObject } from '../../ports/orphaned-object.js';
import type {
  ChildDesired,
  Converged,
  FoundResources,
  Pass,
  Placed,
  PlacementRequest,
  Unlinked,
  Unrecorded,
  Unsettled,
  WantedResources,
} from '../../ports/reconciler.js';
import type { AllocationWant, Capacity, Claim } from '../../ports/store.js';
import { ORPHANED_PART } from '../orphaned-object.js';
import { ForeseenDriver } from './foreseen-driver.js';
import type { ForeseenOutside } from './foreseen-outside.js';
import type { ForkedRows } from './forked-rows.js';
import type { PlannedResource } from './plan.js';

/** The part of a network that follows its document. */
const APPLIANCE_PART = 'appliance';

/** A pass over a fork: the kernel's own, with every driver replaced by one that only looks. */
export class PlanPass<T extends ResourceType> implements Pass<T> {
  readonly #pass: Pass<T>;
  readonly #rows: ForkedRows;
  readonly #outside: ForeseenOutside;

  constructor(pass: Pass<T>, rows: ForkedRows, outside: ForeseenOutside) {
    this.#pass = pass;
    this.#rows = rows;
    this.#outside = outside;
  }

  get resource(): Resource<T> {
    return this.#pass.resource;
  }

  get signal(): AbortSignal {
    return this.#pass.signal;
  }

  get now(): number {
    return this.#pass.now;
  }

  find<R extends ResourceType>(type: R, id: string | null): Promise<Resource<R> | undefined> {
    return this.#pass.find(type, id);
  }

  findAll<W extends WantedResources>(wanted: W): Promise<FoundResources<W>> {
    return this.#pass.findAll(wanted);
  }

  children<R extends ResourceType>(
    type: R,
    field: keyof (R['spec'] & R['status']) & string,
  ): Promise<readonly Resource<R>[]> {
    return this.#pass.children(type, field);
  }

  everyChild(field: string): Promise<readonly Resource[]> {
    return this.#pass.everyChild(field);
  }

  all<R extends ResourceType>(type: R): Promise<readonly Resource<R>[]> {
    return this.#pass.all(type);
  }

  ensureChild<R extends ResourceType>(
    type: R,
    role: string,
    desired: ChildDesired<R>,
  ): Promise<Resource<R>> {
    return this.#pass.ensureChild(type, role, desired);
  }

  requestDelete(uuid: ResourceUuid): Promise<void> {
    return this.#pass.requestDelete(uuid);
  }

  requestUnlink(uuid: ResourceUuid, link: Unlinked): Promise<void> {
    return this.#pass.requestUnlink(uuid, link);
  }

  wake(other: Resource): Promise<void> {
    return this.#pass.wake(other);
  }

  open<R extends ResourceType>(resource: Resource<R>, field: SealedField<R>): string | null {
    return this.#pass.open(resource, field);
  }

  converge<D, A>(part: string, driver: Driver<D, A>, desired: D): Promise<Converged<A>> {
    return this.#pass.converge(part, this.#foreseen(part, driver), desired);
  }

  dissolve<D, A>(
    part: string,
    driver: Driver<D, A>,
    unrecorded?: Unrecorded,
  ): Promise<{ readonly kind: 'gone' } | Unsettled> {
    return this.#pass.dissolve(part, this.#foreseen(part, driver), unrecorded);
  }

  async carried(driver: NetworkDriver, network: ResourceUuid): Promise<number | undefined> {
    const foreseen = this.#outside.objectOf({ uuid: network, part: APPLIANCE_PART });
    if (foreseen?.kind === 'absent') return undefined;
    return foreseen?.kind === 'present'
      ? elementsOf(foreseen.desired as ApplianceDesired).get(this.resource.uuid)
      : this.#pass.carried(driver, network);
  }

  orphaned<D, A>(driver: Driver<D, A>, object: OwnedObject): OrphanedObject {
    return this.#pass.orphaned(this.#foreseen(ORPHANED_PART, driver), object);
  }

  allocate(pool: string, items: Iterable<string>): Promise<string | undefined> {
    return this.#pass.allocate(pool, items);
  }

  allocateAll(wants: readonly AllocationWant[]): Promise<readonly (string | undefined)[]> {
    return this.#pass.allocateAll(wants);
  }

  offer(className: string, total: number): Promise<Capacity> {
    return this.#pass.offer(className, total);
  }

  charge(holder: ResourceUuid, className: string, amount: number): Promise<boolean> {
    return this.#pass.charge(holder, className, amount);
  }

  charged(className: string): Promise<Claim | undefined> {
    return this.#pass.charged(className);
  }

  place(request: PlacementRequest): Promise<Placed> {
    return this.#pass.place(request);
  }

  endMove(request: PlacementRequest, to: ResourceUuid, how: 'arrived' | 'back'): Promise<void> {
    return this.#pass.endMove(request, to, how);
  }

  release(pool: string): Promise<void> {
    return this.#pass.release(pool);
  }

  wakeAfterwards(others: readonly Resource[]): void {
    this.#pass.wakeAfterwards(others);
  }

  report(status: Partial<Document<T['status']>>): void {
    this.#pass.report(status);
  }

  relate(field: keyof T['status'] & string, target: Resource | null): void {
    this.#pass.relate(field, target);
  }

  condition(statement: ConditionStatement): void {
    this.#pass.condition(statement);
  }

  note(what: string, result: string): void {
    this.#pass.note(what, result);
  }

  #foreseen<D, A>(part: string, driver: Driver<D, A>): Driver<D, A> {
    const { resource } = this.#pass;
    const { uuid } = resource;
    const why = this.#rows.reasonFor(uuid);
    const object = { uuid, resource: plannedResource(resource, this.#rows), part, why };
    return new ForeseenDriver(driver, object, this.#outside);
  }
}

/** A resource as a plan names it. */
export function plannedResource(
  { uuid, type, id, name }: Pick<Resource, 'uuid' | 'type' | 'id' | 'name'>,
  rows: ForkedRows,
): PlannedResource {
  return { type, id: rows.originOf(uuid) === 'new' ? null : id, name };
}
