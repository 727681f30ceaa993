import { isDeepStrictEqual } from 'node:util';
import {
  type Answered,
  asId,
  asUuid,
  BodyValidator,
  type Caller,
  COMMON_FIELDS,
  type Created,
  type Explanation,
  type HistoryEvent,
  type JsonObject,
  type ListCriteria,
  type ListPage,
  type ListQuery,
  type Plan,
  type PlanRequest,
  parseUuid,
  type Relative,
  RequestError,
  type Resource,
  type ResourceId,
  type Resources,
  type ResourceType,
  type ResourceUuid,
  type TypeRegistry,
  type Verb,
  type WriteOptions,
} from '@gdcloud/core';
import { accountIdsOf, pageOf, relativesOf } from './double-lists.js';
import { asAsked, asObject, FRESH, internalDefaults, isNatural, sees } from './double-row.js';

/** What a test can log in with. */
export interface Key {
  readonly publicValue: string;
  readonly secretValue: string;
  readonly caller: Caller;
}

/** Resources in memory: what the HTTP package is tested against. Nothing here moves unless a test says so. */
export class DoubleResources implements Resources {
  readonly types: TypeRegistry;
  readonly rows = new Map<ResourceUuid, Resource>();
  readonly keys: Key[] = [];
  /** How many writes have been asked for and carried out. */
  writes = 0;
  /** What the next call fails with, once. */
  nextFailure: Error | undefined;
  /** What explanations say in place of that all is as asked. */
  explained: Partial<Explanation> = {};
  now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  #serial = 0;
  readonly #validators = new Map<string, BodyValidator>();

  constructor(types: TypeRegistry) {
    this.types = types;
  }

  /** Adds an account that can log in. */
  addAccount(name: string, kind: 'admin' | 'user'): Key {
    const uuid = this.#newUuid();
    const row = this.#insert(this.types.get('account'), {
      uuid,
      account: uuid,
      name,
      spec: { kind },
    });
    const caller: Caller = { account: uuid, accountId: row.id, accountName: name, kind };
    const key = { publicValue: `${kind}key${row.id}`, secretValue: `secret:of:${row.id}`, caller };
    this.keys.push(key);
    return key;
  }

  /** Adds a resource that no caller can create. */
  addHost(owner: Key): Resource {
    const { account } = owner.caller;
    const draft = { uuid: this.#newUuid(), account, name: 'host', spec: {} };
    return this.#insert(this.types.get('host'), draft);
  }

  /** Makes a resource read as settled. */
  settle(uuid: string): void {
    const row = this.#row(uuid);
    this.#put({
      ...row,
      observedGeneration: row.generation,
      attemptedGeneration: row.generation,
      statusVersion: row.statusVersion + 1,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Settled',
          message: 'It is as asked.',
          observedGeneration: row.generation,
          lastTransitionTime: this.now,
        },
      ],
    });
  }

  /** Makes a resource a tombstone. */
  entomb(uuid: string): void {
    this.#put({ ...this.#row(uuid), deleteRequestedAt: this.now, removed: this.now });
  }

  /** Writes status fields as the kernel would. */
  observe(uuid: string, status: JsonObject): void {
    this.#put({ ...this.#row(uuid), status });
  }

  async authenticate(publicValue: string, secretValue: string): Promise<Caller | undefined> {
    this.#failIfAsked();
    return this.keys.find(
      (key) => key.publicValue === publicValue && key.secretValue === secretValue,
    )?.caller;
  }

  textOf(resource: Resource, field: string): string | null {
    const text = resource.spec[field];
    return typeof text === 'string' ? text : null;
  }

  may(caller: Caller, type: ResourceType, verb: Verb): boolean {
    const { users, administrators } = type.access;
    return (caller.kind === 'admin' ? administrators : users).includes(verb);
  }

  async get(caller: Caller, type: ResourceType, id: string): Promise<Resource> {
    this.#failIfAsked();
    this.#check(caller, type, 'read');
    for (const row of this.rows.values()) {
      if (
        row.type === type.id &&
        (row.id === id || isNatural(type, row, id)) &&
        sees(caller, type, row)
      ) {
        return row;
      }
    }
    throw new RequestError('NotFound', `there is no ${type.id} ${id}`);
  }

  async list(caller: Caller, type: ResourceType, query: ListQuery): Promise<ListPage> {
    this.#failIfAsked();
    this.#check(caller, type, 'read');
    return pageOf(this.rows, caller, type, query);
  }

  async count(caller: Caller, type: ResourceType, criteria: ListCriteria): Promise<number> {
    const limit = Number.MAX_SAFE_INTEGER;
    return (await this.list(caller, type, { ...criteria, limit })).resources.length;
  }

  async related(
    caller: Caller,
    type: ResourceType,
    link: string,
    resources: readonly Resource[],
    limit: number,
  ): Promise<readonly Relative[]> {
    const found = relativesOf(this, caller, type, link, resources);
    return found.slice(0, limit);
  }

  async create(caller: Caller, type: ResourceType, body: JsonObject): Promise<Created> {
    this.#failIfAsked();
    this.#check(caller, type, 'create');
    const { name, description, data, ...spec } = this.#validator(type, 'create').parse(body);
    const uuid = typeof body['uuid'] === 'string' ? parseUuid(body['uuid']) : this.#newUuid();
    if (uuid === undefined)
      throw new RequestError('InvalidFormat', 'no uuid', { fieldName: 'uuid' });
    const existing = this.rows.get(uuid);
    if (existing !== undefined) {
      if (isDeepStrictEqual(existing.spec, { ...internalDefaults(type), ...spec }))
        return { resource: existing, once: {} };
      throw new RequestError('NotUnique', 'uuid is taken', { fieldName: 'uuid' });
    }
    await this.#checkReferences(caller, type, spec);
    this.writes += 1;
    const resource = this.#insert(type, {
      uuid,
      account: caller.account,
      name: typeof name === 'string' ? name : null,
      description: typeof description === 'string' ? description : null,
      data: asObject(data),
      spec: { ...internalDefaults(type), ...spec },
    });
    return { resource, once: type.id === 'apikey' ? { secretValue: 'shown only once' } : {} };
  }

  async update(
    caller: Caller,
    type: ResourceType,
    id: string,
    body: JsonObject,
    options: WriteOptions = {},
  ): Promise<Resource> {
    this.#check(caller, type, 'update');
    const row = await this.get(caller, type, id);
    demandGeneration(row, options);
    const { name, description, data, ...spec } = this.#validator(type, 'update').parse(body);
    await this.#checkReferences(caller, type, spec);
    const after = {
      ...row,
      name: name === undefined ? row.name : (name as string | null),
      description: description === undefined ? row.description : (description as string | null),
      data: data === undefined ? row.data : asObject(data),
      spec: { ...row.spec, ...spec },
    };
    if (isDeepStrictEqual(after, row)) return row;
    this.writes += 1;
    return this.#put({ ...after, generation: row.generation + 1 });
  }

  async remove(
    caller: Caller,
    type: ResourceType,
    id: string,
    options: WriteOptions = {},
  ): Promise<Resource> {
    this.#check(caller, type, 'delete');
    const row = await this.get(caller, type, id);
    demandGeneration(row, options);
    for (const other of this.rows.values()) {
      if (
        other.type === 'virtualmachine' &&
        type.id === 'network' &&
        other.spec['networkId'] === row.id
      ) {
        throw new RequestError('InUse', `${other.type} ${other.id} refers to it`);
      }
    }
    this.writes += 1;
    return this.#put({ ...row, deleteRequestedAt: this.now, generation: row.generation + 1 });
  }

  async act(
    caller: Caller,
    type: ResourceType,
    id: string,
    action: string,
    input: JsonObject,
    options: WriteOptions = {},
  ): Promise<Resource> {
    this.#check(caller, type, action === 'reconcile' ? 'read' : 'act');
    const row = await this.get(caller, type, id);
    demandGeneration(row, options);
    if (action === 'reconcile') return row;
    const declared = Object.hasOwn(type.actions, action) ? type.actions[action] : undefined;
    if (declared === undefined) {
      throw new RequestError('InvalidAction', 'there is no such action', { fieldName: 'action' });
    }
    if (!declared.available(row)) {
      throw new RequestError('ActionNotAvailable', 'not now', { fieldName: 'action' });
    }
    const values = new BodyValidator(declared.input, 'action').parse(input);
    this.writes += 1;
    return this.#put({
      ...row,
      spec: { ...row.spec, ...declared.apply(row, values) },
      generation: row.generation + 1,
    });
  }

  /** Carries the request out and takes it back: what it would be about, and one step for each test to recognise. */
  async plan(caller: Caller, type: ResourceType, request: PlanRequest): Promise<Plan> {
    const before = { rows: new Map(this.rows), writes: this.writes, serial: this.#serial };
    try {
      const { uuid, id, name } = await this.#ask(caller, type, request);
      const known = before.rows.has(uuid) ? id : null;
      const resource = { type: type.id, id: known, name };
      const step = { resource, part: 'thing', driver: 'double.things', why: request.kind };
      return {
        resource,
        steps: [
          request.kind === 'act'
            ? { ...step, verb: 'update', field: 'size', desired: 2, actual: 1 }
            : { ...step, verb: request.kind === 'remove' ? 'delete' : request.kind },
        ],
        waits: [],
        complete: 'yes',
      };
    } finally {
      this.rows.clear();
      for (const [uuid, row] of before.rows) this.rows.set(uuid, row);
      this.writes = before.writes;
      this.#serial = before.serial;
    }
  }

  async #ask(caller: Caller, type: ResourceType, request: PlanRequest): Promise<Resource> {
    switch (request.kind) {
      case 'create':
        return (await this.create(caller, type, request.body)).resource;
      case 'update':
        return this.update(caller, type, request.id, request.body, request);
      case 'remove':
        return this.remove(caller, type, request.id, request);
      case 'act':
        return this.act(caller, type, request.id, request.action, request.input, request);
    }
  }

  async ask(
    caller: Caller,
    type: ResourceType,
    id: string,
    question: string,
    input: JsonObject,
    options: WriteOptions = {},
  ): Promise<Answered> {
    const row = await this.get(caller, type, id);
    demandGeneration(row, options);
    const declared = type.questions[question];
    this.#check(caller, type, declared?.verb ?? 'act');
    if (declared?.available(row) !== true) {
      throw new RequestError('ActionNotAvailable', 'not now', { fieldName: 'action' });
    }
    const values = new BodyValidator(declared.input, 'action').parse(input);
    return { fields: { ...values, at: this.now }, sockets: { url: `consoles/${row.id}` } };
  }

  actions(caller: Caller, type: ResourceType, resource: Resource): readonly string[] {
    if (!this.may(caller, type, 'act')) return ['reconcile', 'explain'];
    const declared = Object.entries(type.actions).filter(([, action]) =>
      action.available(resource),
    );
    const asked = Object.entries(type.questions).filter(([, question]) =>
      question.available(resource),
    );
    return [...[...declared, ...asked].map(([name]) => name), 'reconcile', 'explain'];
  }

  async history(caller: Caller, type: ResourceType, id: string): Promise<readonly HistoryEvent[]> {
    const row = await this.get(caller, type, id);
    return [{ at: row.created, what: 'requested', why: 'POST', result: 'accepted' }];
  }

  async explain(caller: Caller, type: ResourceType, id: string): Promise<Explanation> {
    const row = await this.get(caller, type, id);
    return { ...asAsked(type, row), ...this.explained };
  }

  async accountIds(resources: readonly Resource[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>> {
    return accountIdsOf(this.rows, resources);
  }

  #check(caller: Caller, type: ResourceType, verb: Verb): void {
    if (!this.may(caller, type, verb)) {
      throw new RequestError('PermissionDenied', `you may not ${verb} a ${type.id}`);
    }
  }

  async #checkReferences(caller: Caller, type: ResourceType, spec: JsonObject): Promise<void> {
    for (const [name, value] of Object.entries(spec)) {
      const target = type.spec[name]?.target;
      if (target === undefined || typeof value !== 'string') continue;
      const found = await this.get(caller, this.types.get(target), value).catch(() => undefined);
      if (found === undefined || found.deleteRequestedAt !== null) {
        throw new RequestError('InvalidReference', `${name} names nothing`, { fieldName: name });
      }
    }
  }

  #validator(type: ResourceType, direction: 'create' | 'update'): BodyValidator {
    const key = `${type.id} ${direction}`;
    const known = this.#validators.get(key);
    if (known !== undefined) return known;
    const made = new BodyValidator({ ...COMMON_FIELDS, ...type.spec }, direction);
    this.#validators.set(key, made);
    return made;
  }

  #failIfAsked(): void {
    const failure = this.nextFailure;
    this.nextFailure = undefined;
    if (failure !== undefined) throw failure;
  }

  #newUuid(): ResourceUuid {
    const serial = (this.#serial + 1).toString(16).padStart(12, '0');
    return asUuid(`0190a0b0-0000-7000-8000-${serial}`);
  }

  #row(uuid: string): Resource {
    const row = this.rows.get(asUuid(uuid));
    if (row === undefined) throw new TypeError(`the test names no resource: ${uuid}`);
    return row;
  }

  #put(row: Resource): Resource {
    this.rows.set(row.uuid, row);
    return row;
  }

  #insert(
    type: ResourceType,
    draft: Pick<Resource, 'uuid' | 'account' | 'name' | 'spec'> & Partial<Resource>,
  ): Resource {
    this.#serial += 1;
    return this.#put({
      type: type.id,
      id: asId(String(this.#serial)),
      created: this.now + this.#serial,
      ...FRESH,
      ...draft,
    });
  }
}

function demandGeneration({ generation }: Resource, options: WriteOptions): void {
  if (options.generation === undefined || options.generation === generation) return;
  throw new RequestError('PreconditionFailed', `it is at generation ${generation}`);
}
