import type { COMMON_FIELDS } from '../model/common-fields.js';
import { PortUnavailable, RequestError } from '../model/errors.js';
import { type Json, type JsonObject, sameJson } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { DesiredChange, Store } from '../ports/store.js';
import { permitOwn, scopeOf } from './access.js';
import type { Admission } from './admission.js';
import { requestEvent, splitFields } from './desired-fields.js';
import { demandGeneration } from './generation.js';
import type { Quotas } from './quotas.js';
import type { ReferenceResolver, Resolved } from './reference-resolver.js';
import type { RequestRecord } from './request-records.js';
import type { Caller } from './resources.js';
import { guardScopes, refuseWider } from './scope-guard.js';
import type { Sealing } from './sealing/sealing.js';

/** What changes of desired state are made with. */
export interface DesiredChangesOptions {
  readonly types: TypeRegistry;
  readonly store: Pick<Store, 'change' | 'note'>;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly admission: Admission;
  readonly references: ReferenceResolver;
  readonly quotas: Quotas;
  readonly sealing: Sealing;
  /** See Resources.get. */
  get(caller: Caller, type: ResourceType, id: string): Promise<Resource>;
}

/** How often a change is tried again that lost to another one made at the same moment. */
const CHANGE_TRIES = 5;
/** After so long nobody waits for an answer: who asked has asked again, and maybe for something else since. Milliseconds. */
const REQUEST_LIMIT = 30_000;

/** What a request leads to: the columns it changes, and what the history says of it. */
export interface Wanted {
  readonly change: Omit<DesiredChange, 'event'>;
  readonly result: string;
}

/** A request to change what is asked of a resource. */
export interface ChangeRequest {
  readonly caller: Caller;
  readonly type: ResourceType;
  readonly id: string;
  /** What the history calls it. */
  readonly what: string;
  /** Throws PreconditionFailed unless it is the generation of what is changed. */
  readonly generation?: number | undefined;
  /** What is put on record of it; absent where that is done with another write. */
  readonly record?: RequestRecord | undefined;
}

/** Changes what is asked of resources that there are. */
export class DesiredChanges {
  readonly #options: DesiredChangesOptions;

  constructor(options: DesiredChangesOptions) {
    this.#options = options;
  }

  /** Makes the fields of a request, as `wanted` finds them for what is there, part of the desired state. */
  async change(
    request: ChangeRequest,
    operation: 'update' | 'act',
    wanted: (before: Resource) => Promise<JsonObject>,
  ): Promise<Resource> {
    const { caller, type } = request;
    return this.write(request, async (before) => {
      refuseWider(caller, type, before);
      const fields = await wanted(before);
      guardScopes(this.#options.types, caller, type, fields);
      const { common, spec } = splitFields(withoutNaturalKey(type, fields));
      // Before hooks look at what is named: they see all accounts, and would speak of what this caller may not see.
      const resolved = await this.#options.references.resolve(
        scopeOf(caller),
        type.spec,
        spec,
        new Set(Object.keys(spec)),
      );
      const desired = { ...fields, ...resolved.spec };
      await this.#options.admission.validate({ operation, caller, type, before, desired });
      const { sealing } = this.#options;
      const kept = sealing.seal(type, before, resolved.spec, before.spec as JsonObject);
      const change = differenceOf(type, before, common, { ...resolved, spec: kept });
      if (change === undefined) return undefined;
      // What was read may be older than what was last sealed anew: it must not come back.
      const renewed = { ...change, spec: sealing.renewed(type, before, change.spec) };
      return { change: renewed, result: Object.keys(fields).join(', ') };
    });
  }

  /**
   * Writes what is `wanted` for what is there: compares and sets until nobody else's change comes in between. Throws
   * AskedBefore as the store does.
   */
  async write(
    request: ChangeRequest,
    wanted: (before: Resource) => Promise<Wanted | undefined>,
  ): Promise<Resource> {
    const { caller, type, id, what, generation, record } = request;
    const { store, clock, quotas, references } = this.#options;
    const began = clock.monotonic();
    for (let tries = 0; tries < CHANGE_TRIES; tries += 1) {
      const before = await this.#options.get(caller, type, id);
      permitOwn(caller, type, before);
      demandGeneration(before, generation);
      const asked = await wanted(before);
      if (asked === undefined) {
        if (record !== undefined) await store.note(record.unchanged(type, before));
        return before;
      }
      // A process that stood still must not bring an old wish over newer ones.
      if (clock.monotonic() - began > REQUEST_LIMIT) throw overdue(type, id);
      const { change, result } = asked;
      const { spec = before.spec as JsonObject } = change;
      const named = { spec, references: change.references?.targets ?? [] };
      const after = await quotas.charging(type, before, spec, (charges) =>
        references.naming(type.spec, named, () =>
          store.change(before.uuid, before.generation, {
            ...change,
            charges,
            onRecord: record?.changed(type, before, change),
            event: requestEvent(clock, `${what} requested`, caller, result),
          }),
        ),
      );
      if (after !== undefined) {
        this.hint(after, caller.trace);
        return after;
      }
    }
    throw new RequestError(
      'Conflict',
      `${type.id} ${id} is being changed by others at the same moment`,
    );
  }

  /** Has a resource looked at soon, as part of `trace`. */
  hint(resource: Resource, trace: string | undefined): void {
    this.#options.events.publish({
      uuid: resource.uuid,
      account: resource.account,
      reason: 'changed',
      trace,
    });
  }
}

function differenceOf(
  type: ResourceType,
  before: Resource,
  common: JsonObject,
  resolved: Resolved,
): (Omit<DesiredChange, 'event'> & { readonly spec: JsonObject }) | undefined {
  const after = { ...(before.spec as JsonObject), ...resolved.spec };
  const commonChanged = Object.entries(common).some(
    ([name, value]) => !sameJson(value, before[name as keyof typeof COMMON_FIELDS] as Json),
  );
  if (!commonChanged && sameJson(after, before.spec as JsonObject)) return undefined;
  const references = referenceFields(type).filter((field) => Object.hasOwn(resolved.spec, field));
  return {
    ...common,
    spec: after,
    ...(references.length === 0
      ? {}
      : { references: { fields: references, targets: resolved.references } }),
  };
}

function overdue(type: ResourceType, id: string): PortUnavailable {
  const seconds = REQUEST_LIMIT / 1_000;
  return new PortUnavailable('store', `${type.id} ${id}: the request took more than ${seconds} s`, {
    remedy: 'Nothing was changed: read the resource, and ask again for what is still wanted.',
  });
}

// Others refer to a resource by its natural key, so that is read-only like an id: sent back, it is ignored.
function withoutNaturalKey(type: ResourceType, fields: JsonObject): JsonObject {
  if (type.uniqueBy === undefined) return fields;
  const { [type.uniqueBy]: _key, ...others } = fields;
  return others;
}

function referenceFields(type: ResourceType): readonly string[] {
  return Object.entries(type.spec)
    .filter(([, field]) => field.kind === 'reference' || field.element?.kind === 'reference')
    .map(([name]) => name);
}
