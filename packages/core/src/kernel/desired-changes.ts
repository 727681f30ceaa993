import type { COMMON_FIELDS } from '../model/common-fields.js';
import { PortUnavailable, RequestError } from '../model/errors.js';
import { type Json, type JsonObject, sameJson } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { DesiredChange, DesiredWrites } from '../ports/store.js';
import { permitOwn, scopeOf } from './access.js';
import type { Admission } from './admission.js';
import { requestEvent, splitFields } from './desired-fields.js';
import type { Quotas } from './quotas.js';
import type { ReferenceResolver } from './reference-resolver.js';
import type { Caller } from './resources.js';

/** What changes of desired state are made with. */
export interface DesiredChangesOptions {
  readonly store: Pick<DesiredWrites, 'change'>;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly admission: Admission;
  readonly references: ReferenceResolver;
  readonly quotas: Quotas;
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

/** Changes what is asked of resources that there are. */
export class DesiredChanges {
  readonly #options: DesiredChangesOptions;

  constructor(options: DesiredChangesOptions) {
    this.#options = options;
  }

  /** Makes the fields of a request, as `wanted` finds them for what is there, part of the desired state. */
  async change(
    caller: Caller,
    type: ResourceType,
    id: string,
    operation: 'update' | 'act',
    generation: number | undefined,
    wanted: (before: Resource) => Promise<JsonObject>,
    what: string = operation,
  ): Promise<Resource> {
    return this.write(caller, type, id, what, async (before) => {
      if (generation !== undefined && before.generation !== generation) {
        throw new RequestError(
          'PreconditionFailed',
          `${type.id} ${id} has generation ${before.generation}`,
        );
      }
      const fields = await wanted(before);
      await this.#options.admission.validate({ operation, caller, type, before, desired: fields });
      const change = await this.#difference(caller, type, before, fields);
      return change && { change, result: Object.keys(fields).join(', ') };
    });
  }

  /** Writes what is `wanted` for what is there: compares and sets until nobody else's change comes in between. */
  async write(
    caller: Caller,
    type: ResourceType,
    id: string,
    what: string,
    wanted: (before: Resource) => Promise<Wanted | undefined>,
  ): Promise<Resource> {
    const began = this.#options.clock.monotonic();
    for (let tries = 0; tries < CHANGE_TRIES; tries += 1) {
      const before = await this.#options.get(caller, type, id);
      permitOwn(caller, type, before);
      const asked = await wanted(before);
      if (asked === undefined) return before;
      // A process that stood still must not bring an old wish over newer ones.
      if (this.#options.clock.monotonic() - began > REQUEST_LIMIT) throw overdue(type, id);
      const { spec = before.spec as JsonObject } = asked.change;
      const after = await this.#options.quotas.charging(type, before, spec, (charges) =>
        this.#options.store.change(before.uuid, before.generation, {
          ...asked.change,
          charges,
          event: requestEvent(this.#options.clock, `${what} requested`, caller, asked.result),
        }),
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

  async #difference(
    caller: Caller,
    type: ResourceType,
    before: Resource,
    fields: JsonObject,
  ): Promise<(Omit<DesiredChange, 'event'> & { readonly spec: JsonObject }) | undefined> {
    const { common, spec } = splitFields(withoutNaturalKey(type, fields));
    const named = new Set(Object.keys(spec));
    const resolved = await this.#options.references.resolve(
      scopeOf(caller),
      type.spec,
      spec,
      named,
    );
    const after = { ...(before.spec as JsonObject), ...resolved.spec };
    const commonChanged = Object.entries(common).some(
      ([name, value]) => !sameJson(value, before[name as keyof typeof COMMON_FIELDS] as Json),
    );
    if (!commonChanged && sameJson(after, before.spec as JsonObject)) return undefined;
    const references = referenceFields(type).filter((field) => named.has(field));
    return {
      ...common,
      spec: after,
      ...(references.length === 0
        ? {}
        : { references: { fields: references, targets: resolved.references } }),
    };
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
