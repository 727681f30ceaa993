import { createHash } from 'node:crypto';
import { recordMac } from '../model/audit-record.js';
import type { Field } from '../model/field.js';
import type { ResourceId, ResourceUuid } from '../model/identity.js';
import { canonicalJson, type Json, type JsonObject } from '../model/json.js';
import type { Desired, Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { KeyedRequest, OnRecord } from '../ports/write-records.js';
import type { Credentials } from './credentials.js';
import type { IdentitySource } from './identities.js';
import type { Caller } from './resources.js';
import type { Owner, Sealing } from './sealing/sealing.js';

/** What requests are put on record with. */
export interface RequestRecordsOptions {
  readonly clock: Clock;
  readonly identities: IdentitySource;
  readonly credentials: Pick<Credentials, 'digest'>;
  readonly sealing: Sealing;
}

/** The key of a request that is to be carried out once, and what tells it from others. */
export type RequestKey = Pick<KeyedRequest, 'account' | 'key' | 'digest'>;

/** What is asked of a resource, as far as a hash of it goes. */
type Wish = Pick<Desired, 'name' | 'description' | 'data' | 'spec' | 'repairs'>;

/** What a record is about; without an id, the one that the write draws. */
interface Subject {
  readonly uuid: ResourceUuid;
  readonly account: ResourceUuid;
  readonly id: ResourceId | null;
}

/** One mutating request on its way: says what of it goes on record, with whatever it leads to. */
export class RequestRecord {
  readonly #options: RequestRecordsOptions;
  readonly #caller: Caller;
  readonly #action: string;
  readonly #key: RequestKey | undefined;

  /** `action` as the audit log calls it: `create`, `update`, `delete`, `act:resize`. */
  constructor(
    options: RequestRecordsOptions,
    caller: Caller,
    action: string,
    key: RequestKey | undefined,
  ) {
    this.#options = options;
    this.#caller = caller;
    this.#action = action;
    this.#key = key;
  }

  /** It makes a new resource. */
  created(
    type: ResourceType,
    made: { readonly uuid: ResourceUuid; readonly account: ResourceUuid } & Omit<Wish, 'repairs'>,
  ): OnRecord {
    return this.#record(
      type,
      { ...made, id: null },
      null,
      this.#hash(type, made, { ...made, repairs: [] }),
    );
  }

  /** It changes these desired columns. */
  changed(type: ResourceType, before: Resource, change: Partial<Wish>): OnRecord {
    const after = { ...before, ...change };
    return this.#record(
      type,
      before,
      this.#hash(type, before, before),
      this.#hash(type, before, after),
    );
  }

  /** It asks for the deletion. */
  deleted(type: ResourceType, before: Resource): OnRecord {
    return this.#record(type, before, this.#hash(type, before, before), null);
  }

  /** It changes nothing of the resource. */
  unchanged(type: ResourceType, resource: Resource): OnRecord {
    const hash = resource.deleteRequestedAt === null ? this.#hash(type, resource, resource) : null;
    return this.#record(type, resource, hash, hash);
  }

  #record(
    type: ResourceType,
    { uuid, account, id }: Subject,
    beforeHash: string | null,
    afterHash: string | null,
  ): OnRecord {
    const { clock, identities, credentials } = this.#options;
    const { accountId, key, source, requestId } = this.#caller;
    const at = clock.now();
    const record = {
      uuid: identities.next(),
      account,
      document: {
        time: at,
        action: this.#action,
        resourceType: type.id,
        resourceId: id,
        resourceUuid: uuid,
        actorId: accountId,
        keyUuid: key ?? null,
        source: source ?? null,
        requestId: requestId ?? null,
        beforeHash,
        afterHash,
      },
    };
    return {
      request: this.#key && { ...this.#key, resource: uuid, at },
      audit: { ...record, mac: recordMac((text) => credentials.digest(text), record) },
    };
  }

  #hash(
    type: ResourceType,
    owner: Owner,
    { name, description, data, spec, repairs }: Wish,
  ): string {
    const wish = {
      name,
      description,
      data,
      spec: this.#withoutSecrets(type, owner, spec as JsonObject),
      repairs: repairs.map((repair) => ({ ...repair })),
    };
    return createHash('sha256').update(canonicalJson(wish)).digest('hex');
  }

  // A hash of a secret is as good as the secret to whoever can guess it: what stands for it only this cloud can make.
  #withoutSecrets(type: ResourceType, owner: Owner, spec: JsonObject): JsonObject {
    const { sealing, credentials } = this.#options;
    const texts = sealing.texts(type, owner, spec);
    return Object.fromEntries(
      Object.entries(texts).map(([name, value]): [string, Json] => [
        name,
        value !== null && isSecret(type.spec[name])
          ? credentials.digest(`audit\n${canonicalJson(value)}`)
          : value,
      ]),
    );
  }
}

function isSecret(field: Field | undefined): boolean {
  return field?.kind === 'password' || field?.rest === 'sealed';
}
