import { RequestError } from '../model/errors.js';
import type { Fields } from '../model/field.js';
import { parseUuid, type ResourceUuid } from '../model/identity.js';
import { type Json, type JsonObject, sameJson } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Draft, Store } from '../ports/store.js';
import type { OnRecord } from '../ports/write-records.js';
import { scopeOf } from './access.js';
import type { Admission } from './admission.js';
import type { Credentials } from './credentials.js';
import { requestEvent, splitFields } from './desired-fields.js';
import type { IdentitySource } from './identities.js';
import type { Quotas } from './quotas.js';
import { naturalKeyOf, type ReferenceResolver } from './reference-resolver.js';
import type { Caller, Created } from './resources.js';
import { guardScopes } from './scope-guard.js';
import type { Sealing } from './sealing/sealing.js';
import type { TypeValidators } from './type-validators.js';

/** What creations work with. */
export interface CreationsOptions {
  readonly types: TypeRegistry;
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly identities: IdentitySource;
  readonly credentials: Credentials;
  readonly admission: Admission;
  readonly references: ReferenceResolver;
  readonly validators: TypeValidators;
  readonly quotas: Quotas;
  readonly sealing: Sealing;
  /** The type of accounts: administrators may create on behalf of one. */
  readonly account: ResourceType;
}

/** What is put on record of a request that makes a resource. */
export interface CreationRecord {
  /** It makes this one. */
  made(draft: Pick<Draft, 'uuid' | 'account' | 'name' | 'description' | 'data' | 'spec'>): OnRecord;
  /** It asked for this one, which was there. */
  found(resource: Resource): OnRecord;
}

/** Turns a body into a new resource: mutated, validated, its references found, admitted, and durable. */
export class Creations {
  readonly #options: CreationsOptions;

  constructor(options: CreationsOptions) {
    this.#options = options;
  }

  /** See Resources.create; whether the caller may is decided before. Throws AskedBefore as the store does. */
  async create(
    caller: Caller,
    type: ResourceType,
    body: JsonObject,
    record: CreationRecord,
  ): Promise<Created> {
    const taken = this.#options.validators.of(type).create.parse(
      await this.#options.admission.mutate({
        operation: 'create',
        caller,
        type,
        before: undefined,
        desired: body,
      }),
    );
    guardScopes(this.#options.types, caller, type, taken);
    const asked = clientUuid(body);
    const { common, spec } = splitFields(taken);
    const owner = await this.#owner(caller, body);
    const resolved = await this.#options.references.resolve(scopeOf(caller), type.spec, spec);
    const generated = await type.generate?.(
      resolved.spec,
      this.#options.credentials,
      resolved.named,
    );
    const complete = withInternalDefaults(type.spec, { ...resolved.spec, ...generated?.spec });
    const desired = { ...taken, ...resolved.spec };
    await this.#options.admission.validate({
      operation: 'create',
      caller,
      type,
      before: undefined,
      desired,
      uuid: asked,
    });
    const naturalKey = naturalKeyOf(type, textOf(common['name']), complete);
    const uuid = asked ?? this.#options.identities.next();
    // An account is its own: who is logged in reads it, whoever made it.
    const account = type.id === this.#options.account.id ? uuid : owner;
    const kept = this.#options.sealing.seal(type, { account, uuid }, complete);
    const wish = {
      uuid,
      account,
      name: textOf(common['name']),
      description: textOf(common['description']),
      data: (common['data'] ?? {}) as JsonObject,
      spec: kept,
    };
    const { inserted, resource } = await this.#options.quotas.charging(
      type,
      { account, spec: undefined },
      kept,
      (charges) =>
        this.#options.references.naming(type.spec, resolved, () =>
          this.#options.store.insert({
            ...wish,
            type: type.id,
            naturalKey,
            visibleToAll: type.access.visibleTo === 'everyone' ? 'yes' : 'no',
            references: resolved.references,
            created: this.#options.clock.now(),
            charges,
            onRecord: record.made(wish),
            event: requestEvent(this.#options.clock, 'requested', caller, 'create'),
          }),
        ),
    );
    if (!inserted) {
      // As that one has sealed it, where it says the same.
      const before = resource.type === type.id ? (resource.spec as JsonObject) : {};
      const again = this.#options.sealing.seal(type, resource, complete, before);
      refuseCollision(type, resource, { account, naturalKey, spec: again, uuid: body['uuid'] });
      await this.#options.store.note(record.found(resource));
    }
    this.#options.events.publish({
      uuid: resource.uuid,
      account: resource.account,
      reason: 'changed',
      trace: caller.trace,
    });
    return { resource, once: inserted ? (generated?.once ?? {}) : {} };
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
