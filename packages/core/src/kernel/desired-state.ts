import { COMMON_FIELDS } from '../model/common-fields.js';
import { RequestError } from '../model/errors.js';
import type { Fields } from '../model/field.js';
import { parseUuid, type ResourceId, type ResourceUuid } from '../model/identity.js';
import { type Json, type JsonObject, sameJson } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType, Verb } from '../model/resource-type.js';
import { BodyValidator } from '../model/validate.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type {
  DesiredChange,
  HistoryEvent,
  ListPage,
  ListQuery,
  Reference,
  Store,
} from '../ports/store.js';
import { mayDo, scopeOf } from './access.js';
import type { Admission } from './admission.js';
import type { Credentials } from './credentials.js';
import type { IdentitySource } from './identities.js';
import { naturalKeyOf, ReferenceResolver } from './reference-resolver.js';
import type { Caller, Created, Resources } from './resources.js';

/** What the front desk works with. */
export interface DesiredStateOptions {
  readonly types: TypeRegistry;
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly identities: IdentitySource;
  readonly credentials: Credentials;
  readonly admission: Admission;
  /** The types of keys and accounts, which every cloud has. */
  readonly apikey: ResourceType;
  readonly account: ResourceType;
}

interface Validators {
  readonly create: BodyValidator;
  readonly update: BodyValidator;
  readonly actions: ReadonlyMap<string, BodyValidator>;
}

/** The action every type has: look at it now, whatever the back-off. */
const RECONCILE = 'reconcile';
/** How often a change is tried again that lost to another one made at the same moment. */
const CHANGE_TRIES = 5;

/** {@link Resources} over a store: validates, resolves, admits, writes desired columns, and hints. */
export class DesiredState implements Resources {
  readonly #options: DesiredStateOptions;
  readonly #references: ReferenceResolver;
  readonly #validators = new Map<string, Validators>();

  constructor(options: DesiredStateOptions) {
    this.#options = options;
    this.#references = new ReferenceResolver(options.types, options.store);
  }

  async authenticate(publicValue: string, secretValue: string): Promise<Caller | undefined> {
    const { store, apikey, credentials } = this.#options;
    const key = await store.findByNaturalKey(apikey, publicValue);
    const spec = key?.spec as
      | { readonly secretDigest?: string; readonly desiredState?: string }
      | undefined;
    if (!credentials.matches(secretValue, spec?.secretDigest)) return undefined;
    if (key === undefined || key.deleteRequestedAt !== null || spec?.desiredState !== 'active')
      return undefined;
    const account = await store.get(key.account);
    if (account === undefined || account.removed !== null || account.deleteRequestedAt !== null)
      return undefined;
    const { kind } = account.spec as { readonly kind?: string };
    return {
      account: account.uuid,
      accountId: account.id,
      accountName: account.name ?? '',
      kind: kind === 'admin' ? 'admin' : 'user',
    };
  }

  may(caller: Caller, type: ResourceType, verb: Verb): boolean {
    return mayDo(caller, type, verb);
  }

  async get(caller: Caller, type: ResourceType, id: string): Promise<Resource> {
    const found = mayDo(caller, type, 'read')
      ? await this.#options.store.find(scopeOf(caller), type, id)
      : undefined;
    if (found === undefined) throw new RequestError('NotFound', `there is no ${type.id} ${id}`);
    return found;
  }

  list(caller: Caller, type: ResourceType, query: ListQuery): Promise<ListPage> {
    this.#permit(caller, type, 'read');
    return this.#options.store.list(scopeOf(caller), type, query);
  }

  async create(caller: Caller, type: ResourceType, body: JsonObject): Promise<Created> {
    this.#permit(caller, type, 'create');
    const taken = this.#validatorsOf(type).create.parse(
      await this.#options.admission.mutate({
        operation: 'create',
        caller,
        type,
        before: undefined,
        desired: body,
      }),
    );
    const { common, spec } = split(taken);
    const account = await this.#owner(caller, body);
    const resolved = await this.#references.resolve(scopeOf(caller), type.spec, spec);
    const generated = type.generate?.(resolved.spec, this.#options.credentials);
    const complete = withInternalDefaults(type.spec, { ...resolved.spec, ...generated?.spec });
    const desired = { ...taken, ...resolved.spec };
    await this.#options.admission.validate({
      operation: 'create',
      caller,
      type,
      before: undefined,
      desired,
    });
    const naturalKey = naturalKeyOf(type, textOf(common['name']), complete);
    const { inserted, resource } = await this.#options.store.insert({
      uuid: clientUuid(body) ?? this.#options.identities.next(),
      type: type.id,
      account,
      name: textOf(common['name']),
      description: textOf(common['description']),
      data: (common['data'] ?? {}) as JsonObject,
      spec: complete,
      naturalKey,
      visibleToAll: type.access.visibleTo === 'everyone' ? 'yes' : 'no',
      references: resolved.references,
      created: this.#options.clock.now(),
      event: this.#event('requested', caller, 'create'),
    });
    if (!inserted)
      refuseCollision(type, resource, { account, naturalKey, spec: complete, uuid: body['uuid'] });
    this.#hint(resource);
    return { resource, once: inserted ? (generated?.once ?? {}) : {} };
  }

  async update(
    caller: Caller,
    type: ResourceType,
    id: string,
    body: JsonObject,
    options: { readonly generation?: number | undefined } = {},
  ): Promise<Resource> {
    this.#permit(caller, type, 'update');
    return this.#change(caller, type, id, 'update', options.generation, async (before) => {
      refuseDeleted(before);
      const desired = await this.#options.admission.mutate({
        operation: 'update',
        caller,
        type,
        before,
        desired: body,
      });
      return this.#validatorsOf(type).update.parse(desired);
    });
  }

  async remove(caller: Caller, type: ResourceType, id: string): Promise<Resource> {
    this.#permit(caller, type, 'delete');
    const before = await this.get(caller, type, id);
    this.#permitOwn(caller, type, before);
    if (before.deleteRequestedAt !== null || before.removed !== null) return before;
    await this.#refuseWhileInUse(before);
    await this.#options.admission.validate({
      operation: 'delete',
      caller,
      type,
      before,
      desired: {},
    });
    return this.#requestDelete(before, this.#event('delete requested', caller, 'delete'));
  }

  async act(
    caller: Caller,
    type: ResourceType,
    id: string,
    action: string,
    input: JsonObject,
  ): Promise<Resource> {
    this.#permit(caller, type, action === RECONCILE ? 'read' : 'act');
    const declared = Object.hasOwn(type.actions, action) ? type.actions[action] : undefined;
    if (declared === undefined && action !== RECONCILE) {
      throw new RequestError('InvalidAction', `${type.id} has no action ${action}`, {
        fieldName: 'action',
      });
    }
    if (declared === undefined) return this.#reconcileNow(await this.get(caller, type, id));
    const taken = this.#validatorsOf(type).actions.get(action)?.parse(input) ?? {};
    return this.#change(
      caller,
      type,
      id,
      'act',
      undefined,
      async (before) => {
        if (!this.actions(caller, type, before).includes(action)) {
          throw new RequestError('ActionNotAvailable', `${action} is not possible now`, {
            fieldName: 'action',
          });
        }
        const resolved = await this.#references.resolve(scopeOf(caller), declared.input, taken);
        return declared.apply(before, resolved.spec) as JsonObject;
      },
      action,
    );
  }

  actions(caller: Caller, type: ResourceType, resource: Resource): readonly string[] {
    if (resource.removed !== null) return [];
    if (!mayDo(caller, type, 'act') || !owns(caller, resource)) return [RECONCILE];
    const possible =
      resource.deleteRequestedAt !== null
        ? []
        : Object.entries(type.actions)
            .filter(([, action]) => action.available(resource))
            .map(([name]) => name);
    return [...possible, RECONCILE];
  }

  async history(caller: Caller, type: ResourceType, id: string): Promise<readonly HistoryEvent[]> {
    const { uuid } = await this.get(caller, type, id);
    return this.#options.store.history(uuid, 200);
  }

  accountIds(resources: readonly Resource[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>> {
    return this.#options.store.idsOf([...new Set(resources.map((resource) => resource.account))]);
  }

  #permit(caller: Caller, type: ResourceType, verb: Verb): void {
    if (mayDo(caller, type, verb)) return;
    throw mayDo(caller, type, 'read')
      ? new RequestError('PermissionDenied', `this account may not ${verb} a ${type.id}`)
      : new RequestError('NotFound', `there is no type ${type.plural}`);
  }

  #permitOwn(caller: Caller, type: ResourceType, resource: Resource): void {
    if (owns(caller, resource)) return;
    throw new RequestError(
      'PermissionDenied',
      `${type.id} ${resource.id} belongs to another account`,
    );
  }

  async #change(
    caller: Caller,
    type: ResourceType,
    id: string,
    operation: 'update' | 'act',
    generation: number | undefined,
    wanted: (before: Resource) => Promise<JsonObject>,
    what: string = operation,
  ): Promise<Resource> {
    for (let tries = 0; tries < CHANGE_TRIES; tries += 1) {
      const before = await this.get(caller, type, id);
      this.#permitOwn(caller, type, before);
      if (generation !== undefined && before.generation !== generation) {
        throw new RequestError(
          'PreconditionFailed',
          `${type.id} ${id} has generation ${before.generation}`,
        );
      }
      const fields = await wanted(before);
      await this.#options.admission.validate({ operation, caller, type, before, desired: fields });
      const { change, references } = await this.#difference(caller, type, before, fields);
      if (change === undefined) return before;
      const after = await this.#options.store.change(before.uuid, before.generation, {
        ...change,
        ...(references.length > 0 ? { references } : {}),
        event: this.#event(`${what} requested`, caller, Object.keys(fields).join(', ')),
      });
      if (after !== undefined) {
        this.#hint(after);
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
  ): Promise<{
    change: Omit<DesiredChange, 'event'> | undefined;
    references: readonly Reference[];
  }> {
    const { common, spec } = split(fields);
    const named = new Set(Object.keys(spec));
    const resolved = await this.#references.resolve(scopeOf(caller), type.spec, spec, named);
    const after = { ...(before.spec as JsonObject), ...resolved.spec };
    const commonChanged = Object.entries(common).some(
      ([name, value]) => !sameJson(value, before[name as keyof typeof COMMON_FIELDS] as Json),
    );
    if (!commonChanged && sameJson(after, before.spec as JsonObject))
      return { change: undefined, references: [] };
    return {
      change: { ...common, spec: after } as Omit<DesiredChange, 'event'>,
      references: resolved.references,
    };
  }

  async #requestDelete(before: Resource, event: HistoryEvent): Promise<Resource> {
    for (let current: Resource | undefined = before; current !== undefined; ) {
      if (current.deleteRequestedAt !== null || current.removed !== null) return current;
      const after = await this.#options.store.change(current.uuid, current.generation, {
        deleteRequestedAt: this.#options.clock.now(),
        event,
      });
      if (after !== undefined) {
        this.#hint(after);
        return after;
      }
      current = await this.#options.store.get(before.uuid);
    }
    return before;
  }

  /** Asks for a deletion on the kernel's own behalf: a parent takes its children along. */
  async requestDelete(uuid: ResourceUuid, why: string): Promise<void> {
    const before = await this.#options.store.get(uuid);
    if (before === undefined) return;
    await this.#requestDelete(before, {
      at: this.#options.clock.now(),
      what: 'delete requested',
      why,
      result: 'accepted',
    });
  }

  async #reconcileNow(resource: Resource): Promise<Resource> {
    if (resource.removed !== null) return resource;
    await this.#options.store.wake(resource.uuid, this.#options.clock.now());
    this.#hint(resource);
    return resource;
  }

  async #refuseWhileInUse(resource: Resource): Promise<void> {
    const { store, types, account } = this.#options;
    const blockers = (await store.countReferrers(resource.uuid))
      .filter(({ type, field }) => {
        const declared = types.find(type);
        return (declared?.spec[field] ?? declared?.status[field])?.role !== 'belongs';
      })
      .map(
        ({ type, count }) => `${count} ${count === 1 ? type : (types.find(type)?.plural ?? type)}`,
      );
    if (resource.type === account.id) {
      const owned = await store.countOwned(resource.uuid);
      if (owned > 0) blockers.push(`${owned} resources`);
    }
    if (blockers.length === 0) return;
    throw new RequestError(
      'InUse',
      `${resource.type} ${resource.id} is still in use by ${blockers.join(' and ')}`,
      {
        detail: blockers.join(', '),
      },
    );
  }

  async #owner(caller: Caller, body: JsonObject): Promise<ResourceUuid> {
    const { accountId } = body;
    if (caller.kind !== 'admin' || typeof accountId !== 'string' || accountId === '')
      return caller.account;
    const owner = await this.#options.store.find({ kind: 'all' }, this.#options.account, accountId);
    if (owner === undefined || owner.deleteRequestedAt !== null) {
      throw new RequestError('InvalidReference', `accountId: there is no account ${accountId}`, {
        fieldName: 'accountId',
      });
    }
    return owner.uuid;
  }

  #validatorsOf(type: ResourceType): Validators {
    let validators = this.#validators.get(type.id);
    if (validators === undefined) {
      const fields = { ...COMMON_FIELDS, ...type.spec };
      validators = {
        create: new BodyValidator(fields, 'create'),
        update: new BodyValidator(fields, 'update'),
        actions: new Map(
          Object.entries(type.actions).map(([name, action]) => [
            name,
            new BodyValidator(action.input, 'action'),
          ]),
        ),
      };
      this.#validators.set(type.id, validators);
    }
    return validators;
  }

  #event(what: string, caller: Caller, result: string): HistoryEvent {
    return {
      at: this.#options.clock.now(),
      what,
      why: `account ${caller.accountId} asked`,
      result,
    };
  }

  #hint(resource: Resource): void {
    this.#options.events.publish({
      uuid: resource.uuid,
      account: resource.account,
      reason: 'changed',
    });
  }
}

function owns(caller: Caller, resource: Resource): boolean {
  return caller.kind === 'admin' || resource.account === caller.account;
}

function split(fields: JsonObject): { readonly common: JsonObject; readonly spec: JsonObject } {
  const common: Record<string, Json> = {};
  const spec: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) {
    (Object.hasOwn(COMMON_FIELDS, name) ? common : spec)[name] = value;
  }
  return { common, spec };
}

function withInternalDefaults(fields: Fields, spec: JsonObject): JsonObject {
  const complete: Record<string, Json> = { ...spec };
  for (const [name, field] of Object.entries(fields)) {
    if (complete[name] === undefined) complete[name] = field.default ?? null;
  }
  return complete;
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function clientUuid(body: JsonObject): ResourceUuid | undefined {
  const { uuid } = body;
  if (uuid === undefined || uuid === null || uuid === '') return undefined;
  const parsed = typeof uuid === 'string' ? parseUuid(uuid) : undefined;
  if (parsed === undefined) {
    throw new RequestError('InvalidFormat', 'uuid must be a lower-case UUID', {
      fieldName: 'uuid',
    });
  }
  return parsed;
}

// A client that repeats a create with the same uuid asks once; another resource under that uuid or key is a mistake.
function refuseCollision(
  type: ResourceType,
  existing: Resource,
  wanted: {
    account: ResourceUuid;
    naturalKey: string | null;
    spec: JsonObject;
    uuid: Json | undefined;
  },
): void {
  const same =
    existing.uuid === wanted.uuid &&
    existing.type === type.id &&
    existing.account === wanted.account &&
    sameJson(existing.spec as JsonObject, wanted.spec);
  if (same) return;
  const fieldName = existing.uuid === wanted.uuid ? 'uuid' : (type.uniqueBy ?? 'uuid');
  throw new RequestError('NotUnique', `${fieldName} is taken by another ${type.id}`, { fieldName });
}

function refuseDeleted(resource: Resource): void {
  if (resource.deleteRequestedAt === null) return;
  throw new RequestError('Conflict', `${resource.type} ${resource.id} is being removed`);
}
