import { RequestError } from '../model/errors.js';
import type { Fields } from '../model/field.js';
import { parseUuid, type ResourceUuid } from '../model/identity.js';
import { type Json, type JsonObject, sameJson } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Store } from '../ports/store.js';
import { scopeOf } from './access.js';
import type { Admission } from './admission.js';
import type { Credentials } from './credentials.js';
import { requestEvent, splitFields } from './desired-fields.js';
import type { IdentitySource } from './identities.js';
import type { Quotas } from './quotas.js';
import { naturalKeyOf, type ReferenceResolver } from './reference-resolver.js';
import type { Caller, Created } from './resources.js';
import type { TypeValidators } from './type-validators.js';

/** What creations work with. */
export interface CreationsOptions {
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly identities: IdentitySource;
  readonly credentials: Credentials;
  readonly admission: Admission;
  readonly references: ReferenceResolver;
  readonly validators: TypeValidators;
  readonly quotas: Quotas;
  /** The type of accounts: administrators may create on behalf of one. */
  readonly account: ResourceType;
}

/** Turns a body into a new resource: mutated, validated, its references found, admitted, and durable. */
export class Creations {
  readonly #options: CreationsOptions;

  constructor(options: CreationsOptions) {
    this.#options = options;
  }

  /** See Resources.create; whether the caller may is decided before. */
  async create(caller: Caller, type: ResourceType, body: JsonObject): Promise<Created> {
    const taken = this.#options.validators.of(type).create.parse(
      await this.#options.admission.mutate({
        operation: 'create',
        caller,
        type,
        before: undefined,
        desired: body,
      }),
    );
    const asked = clientUuid(body);
    const { common, spec } = splitFields(taken);
    const account = await this.#owner(caller, body);
    const resolved = await this.#options.references.resolve(scopeOf(caller), type.spec, spec);
    const generated = type.generate?.(resolved.spec, this.#options.credentials, resolved.named);
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
    const { inserted, resource } = await this.#options.quotas.charging(
      type,
      { account, spec: undefined },
      complete,
      (charges) =>
        this.#options.store.insert({
          uuid,
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
          charges,
          event: requestEvent(this.#options.clock, 'requested', caller, 'create'),
        }),
    );
    if (!inserted)
      refuseCollision(type, resource, { account, naturalKey, spec: complete, uuid: body['uuid'] });
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
