import { createHash } from 'node:crypto';
import type { ConditionStatement } from '../model/condition.js';
import { type DriverFailure, ensureError } from '../model/errors.js';
import type { Document } from '../model/field.js';
import { asOperationKey, type ExternalId, type ResourceUuid } from '../model/identity.js';
import type { PartRecord, Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type {
  Change,
  Driver,
  DriverCall,
  ObjectKey,
  Observation,
  OwnedObject,
} from '../ports/driver.js';
import type { HookPoint } from '../ports/hooks.js';
import type { OrphanedObject } from '../ports/orphaned-object.js';
import type {
  ChildDesired,
  Converged,
  Outcome,
  Pass,
  Placed,
  PlacementRequest,
  Unsettled,
} from '../ports/reconciler.js';
import type { Capacity, HistoryEvent, Reference } from '../ports/store.js';
import { jittered } from './back-off.js';
import { BackendCalls, backendOf, type Endpoint } from './backend-calls.js';
import { decide, decideFarewell } from './decide.js';
import { driftWatch, judgeDrift, withoutIgnored } from './drift.js';
import { asDriverFailure, BACKEND_PAUSE, limited, outcomeOf } from './driver-calls.js';
import { KernelOrphanedObject, ORPHANED_PART, recordOf } from './orphaned-object.js';
import { Abandoned, type PassWorld } from './pass-world.js';
import { place } from './placement.js';
import { settle } from './settle.js';

/** How long to wait for a backend that still works on it; it also hints when it is done. */
const BUSY_PAUSE = 1_000;
/** How long one driver call may take, as the driver is told; the limit of the pass holds it to that. */
const CALL_LIMIT = 30_000;

/** One pass, as the kernel carries it out: collects what is said and does what is asked, one change outside at most. */
export class KernelPass<T extends ResourceType> implements Pass<T> {
  readonly signal: AbortSignal;
  readonly now: number;
  readonly #world: PassWorld;
  readonly #calls: BackendCalls;
  readonly #why: string;
  readonly #statements: ConditionStatement[] = [];
  readonly #events: HistoryEvent[] = [];
  readonly #references: Reference[] = [];
  #resource: Resource<T>;
  #status: Resource['status'];
  #parts: Resource['parts'];

  constructor(resource: Resource<T>, why: string, signal: AbortSignal, world: PassWorld) {
    this.#resource = resource;
    this.#status = resource.status;
    this.#parts = resource.parts;
    this.#why = why;
    this.#world = world;
    this.#calls = new BackendCalls(world.breakers);
    this.signal = signal;
    this.now = world.clock.now();
  }

  get resource(): Resource<T> {
    return this.#resource;
  }

  async find<R extends ResourceType>(type: R, id: string | null): Promise<Resource<R> | undefined> {
    if (id === null) return undefined;
    const found = await this.#world.store.find({ kind: 'all' }, type, id);
    return found === undefined || found.removed !== null ? undefined : (found as Resource<R>);
  }

  async children<R extends ResourceType>(
    type: R,
    field: keyof R['spec'] & string,
  ): Promise<readonly Resource<R>[]> {
    return (await this.#world.store.referrers(
      this.#resource.uuid,
      type.id,
      field,
    )) as readonly Resource<R>[];
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
      this.#resource,
      type,
      role,
      desired,
    );
    if (inserted === 'yes') this.note(`${role} ${type.id}`, 'requested');
    return resource as Resource<R>;
  }

  async requestDelete(uuid: ResourceUuid): Promise<void> {
    await this.#world.desired.requestDelete(
      uuid,
      `${this.#resource.type} ${this.#resource.id} is being removed`,
    );
  }

  async converge<D, A>(part: string, driver: Driver<D, A>, desired: D): Promise<Converged<A>> {
    const held = this.#calls.heldBack(driver);
    if (held !== undefined) return { kind: 'unsettled', outcome: held };
    const record = this.#parts[part];
    const policies = this.#world.driftOf(this.#resource.type);
    const watch = driftWatch(this.#resource, part, policies, this.now);
    const observation = withoutIgnored(await this.#look(part, driver, desired), watch);
    const decision = decide(record, observation, driver.traits, {
      part,
      repairs: this.#resource.repairs,
    });
    const drift = judgeDrift(record, decision, watch);
    if (drift.kind !== 'none') this.condition(drift.statement);
    if (drift.kind === 'report') return { kind: 'unsettled', outcome: drift.outcome };
    const repaired = drift.kind === 'repair' ? drift.record : undefined;
    switch (decision.kind) {
      case 'settled':
        this.#keep(part, decision.record);
        return { kind: 'settled', actual: decision.actual };
      case 'busy':
        this.#keep(part, decision.record);
        return waiting('backend', BUSY_PAUSE, `${driver.name} is still working on it`, {
          backend: backendOf(driver),
        });
      case 'unavailable':
        return this.#away(driver, decision.failure);
      case 'stall': {
        const { record: seen, ...outcome } = decision;
        this.#keep(part, seen);
        return { kind: 'unsettled', outcome };
      }
      case 'create':
        return this.#create(part, driver, desired, repaired ?? decision.record);
      case 'update':
        return this.#update(part, driver, desired, repaired ?? decision.record, decision.change);
      case 'discard':
        return this.#discard(part, driver, decision.record, decision.extra);
    }
  }

  async dissolve<D, A>(
    part: string,
    driver: Driver<D, A>,
  ): Promise<{ readonly kind: 'gone' } | Unsettled> {
    const record = this.#parts[part];
    if (record === undefined) return { kind: 'gone' };
    const held = this.#calls.heldBack(driver);
    if (held !== undefined) return { kind: 'unsettled', outcome: held };
    const decision = decideFarewell(record, await this.#look(part, driver, undefined));
    switch (decision.kind) {
      case 'gone': {
        const { [part]: _gone, ...others } = this.#parts;
        this.#parts = others;
        this.note(`${part}.absent`, 'seen gone');
        return { kind: 'gone' };
      }
      case 'busy':
        return waiting('backend', BUSY_PAUSE, `${driver.name} is still working on it`, {
          backend: backendOf(driver),
        });
      case 'unavailable':
        return this.#away(driver, decision.failure);
      case 'delete': {
        const call = this.#call(part, decision.record, 'delete');
        return this.#mutate('delete', part, driver, decision.record, undefined, () =>
          driver.delete(keyOf(this.#resource.uuid, decision.record), call),
        );
      }
    }
  }

  orphaned<D, A>(driver: Driver<D, A>, object: OwnedObject): OrphanedObject {
    const record = this.#parts[ORPHANED_PART] ?? recordOf(object);
    return new KernelOrphanedObject({
      driver,
      object,
      store: this.#world.store,
      look: () =>
        this.#calls.look(driver, object, undefined, this.#call(ORPHANED_PART, record, 'observe')),
      call: (act) => this.#call(ORPHANED_PART, record, act),
      carryOut: (verb, change, act) =>
        this.#mutate(verb, ORPHANED_PART, driver, record, change, act),
      heldBack: () => this.#calls.heldBack(driver),
      away: (failure) => this.#away(driver, failure),
    });
  }

  async allocate(pool: string, items: Iterable<string>): Promise<string | undefined> {
    return this.#world.store.allocate(pool, this.#resource.uuid, items);
  }

  async offer(className: string, total: number): Promise<Capacity> {
    const { store } = this.#world;
    await store.setCapacity(this.#resource.uuid, className, total);
    return (await store.capacities(className)).get(this.#resource.uuid) ?? { total, used: 0 };
  }

  charge(holder: ResourceUuid, className: string, amount: number): Promise<boolean> {
    return this.#world.store.claimCapacity(this.#resource.uuid, holder, className, amount);
  }

  place(request: PlacementRequest): Promise<Placed> {
    return place(this.#resource, request, this.#world);
  }

  report(status: Partial<Document<T['status']>>): void {
    this.#status = { ...this.#status, ...status };
  }

  relate(field: keyof T['status'] & string, target: Resource): void {
    this.#status = { ...this.#status, [field]: target.id };
    this.#references.push({ field, target: target.uuid });
  }

  condition(statement: ConditionStatement): void {
    this.#statements.push(statement);
  }

  note(what: string, result: string): void {
    this.#events.push({ at: this.#world.clock.now(), what, why: this.#why, result });
  }

  /** The row's new status columns, given how the pass ended. */
  finish(outcome: Outcome): ReturnType<typeof settle> {
    return settle({
      resource: this.#resource,
      outcome,
      status: this.#status,
      parts: this.#parts,
      statements: this.#statements,
      events: this.#events,
      references: this.#references,
      why: this.#why,
      now: this.#world.clock.now(),
      fraction: this.#world.random.fraction(),
    });
  }

  #keep(part: string, record: PartRecord): void {
    if (this.#parts[part] !== record) this.#parts = { ...this.#parts, [part]: record };
  }

  async #create<D, A>(
    part: string,
    driver: Driver<D, A>,
    desired: D,
    record: PartRecord,
  ): Promise<Unsettled> {
    const intended = await this.#intend(part, record);
    if (intended !== undefined) return intended;
    const call = this.#call(part, record, 'create');
    return this.#mutate('create', part, driver, record, undefined, () =>
      driver.create(keyOf(this.#resource.uuid, record), desired, call),
    );
  }

  async #update<D, A>(
    part: string,
    driver: Driver<D, A>,
    desired: D,
    record: PartRecord,
    change: Change,
  ): Promise<Unsettled> {
    this.#keep(part, record);
    const call = this.#call(part, record, changeKey(change));
    return this.#mutate('update', part, driver, record, change, () =>
      driver.update(keyOf(this.#resource.uuid, record), desired, change, call),
    );
  }

  // What is answered about the extra must not be recorded as the part's own.
  async #discard<D, A>(
    part: string,
    driver: Driver<D, A>,
    record: PartRecord,
    extra: ExternalId,
  ): Promise<Unsettled> {
    const key = { ...keyOf(this.#resource.uuid, record), external: extra };
    this.note(`${part}.duplicate`, `${extra} is destroyed`);
    // Named after the extra: destroying the next one after a crash is no repetition of this.
    const call = this.#call(part, record, `discard ${extra}`);
    return this.#mutate('delete', part, driver, record, undefined, async () => {
      const { settled } = await driver.delete(key, call);
      return { settled };
    });
  }

  // The intent must be durable before the create is sent, or a crash in between leaks what was made.
  async #intend(part: string, record: PartRecord): Promise<Unsettled | undefined> {
    if (this.#parts[part] === record) return undefined;
    this.#keep(part, record);
    this.note(`${part}.intent`, 'recorded');
    const outcome: Outcome = {
      kind: 'wait',
      on: 'progress',
      afterMs: 0,
      message: `${part} is being made`,
    };
    const written = await this.#world.record(this.#resource, this.finish(outcome));
    this.#events.length = 0;
    this.#references.length = 0;
    this.#statements.length = 0;
    const { generation } = this.#resource;
    this.#resource = written as Resource<T>;
    // Minds change: what is asked now is planned anew instead of making what nobody wants any more.
    return written.generation === generation ? undefined : { kind: 'unsettled', outcome };
  }

  async #mutate(
    verb: 'create' | 'update' | 'delete',
    part: string,
    target: Endpoint,
    record: PartRecord,
    change: Change | undefined,
    act: () => Promise<{
      readonly external?: PartRecord['external'] | undefined;
      readonly settled: boolean;
    }>,
  ): Promise<Unsettled> {
    const step = change === undefined ? `${part}.${verb}` : `${part}.${change.field}`;
    const { name: driver } = target;
    const backend = backendOf(target);
    const input = { resource: this.#resource, part, driver, change };
    const before: HookPoint = `before.${verb}`;
    for (const { hook, output } of await this.#world.hooks.run(
      before,
      input,
      (output) => output !== undefined,
    )) {
      if (output === undefined) continue;
      this.note(step, `held back by ${hook}: ${output.message}`);
      return waiting('dependency', BACKEND_PAUSE, `${hook}: ${output.message}`, { hook });
    }
    if (await this.#mindChanged()) {
      return waiting('progress', 0, `another wish came before ${step}`);
    }
    // A holder that is not certain of its lock begins nothing new (reference/kernel.md 1.6).
    if (this.signal.aborted)
      throw new Abandoned(this.#resource.uuid, ensureError(this.signal.reason).message);
    try {
      const accepted = await this.#calls.change(target, limited(act(), this.signal));
      this.#keep(part, {
        ...record,
        state:
          accepted.external === undefined || accepted.external === null ? record.state : 'recorded',
        external: accepted.external ?? record.external,
        step: record.step + 1,
      });
      this.note(step, accepted.settled ? 'done' : 'accepted');
      await this.#world.hooks.run(`after.${verb}`, input);
      return accepted.settled
        ? waiting('progress', 0, `${step} done`)
        : waiting('backend', BUSY_PAUSE, `${driver} is working on ${step}`, { backend });
    } catch (thrown) {
      const failure = asDriverFailure(thrown);
      this.note(step, `${failure.outcome}: ${failure.code}`);
      return failure.outcome === 'unavailable'
        ? this.#away(target, failure)
        : { kind: 'unsettled', outcome: outcomeOf(failure) };
    }
  }

  // Hooks and a slow look take their time, and what was asked for when the pass began may not be wanted any more: 2→5→3
  // need not visit 5 (reference/kernel.md 1.11).
  async #mindChanged(): Promise<boolean> {
    const { uuid, generation } = this.#resource;
    return (await this.#world.store.get(uuid))?.generation !== generation;
  }

  #look<D, A>(part: string, driver: Driver<D, A>, desired: D | undefined): Promise<Observation<A>> {
    const record = this.#parts[part];
    const key = keyOf(this.#resource.uuid, record);
    return this.#calls.look(driver, key, desired, this.#call(part, record, 'observe'));
  }

  #away(driver: Endpoint, failure: DriverFailure): Unsettled {
    const pause = jittered(BACKEND_PAUSE, this.#world.random.fraction());
    return waiting('backend', pause, `${driver.name}: ${failure.message}. ${failure.remedy}`, {
      backend: backendOf(driver),
      code: failure.code,
    });
  }

  // The step alone would not do: when a record is lost, the next pass may find another change to make at the same step.
  #call(part: string, record: PartRecord | undefined, act: string): DriverCall {
    const { fence, uuid } = this.#resource;
    if (fence === null) throw new Error(`a pass over ${uuid} began before its row was claimed`);
    return {
      signal: this.signal,
      deadline: this.#world.clock.now() + CALL_LIMIT,
      fence,
      operation: asOperationKey(
        `${uuid}:${part}:${record?.epoch ?? 1}:${record?.step ?? 0}:${act}`,
      ),
    };
  }
}

function keyOf(uuid: ResourceUuid, record: PartRecord | undefined): ObjectKey {
  return { uuid, epoch: record?.epoch ?? 1, external: record?.external ?? undefined };
}

// Names a change in a few characters, the same for every repetition of it.
function changeKey({ field, desired }: Change): string {
  const digest = createHash('sha256').update(JSON.stringify(desired)).digest('base64url');
  return `${field}=${digest.slice(0, 12)}`;
}

function waiting(
  on: 'progress' | 'backend' | 'dependency',
  afterMs: number,
  message: string,
  details: { readonly backend?: string; readonly code?: string; readonly hook?: string } = {},
): Unsettled {
  return { kind: 'unsettled', outcome: { kind: 'wait', on, afterMs, message, ...details } };
}
