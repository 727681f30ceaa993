import { setTimeout as pause } from 'node:timers/promises';
import { type Api, type Document, textIn } from './api.js';
import { type FieldSchema, type TypeSchema, targetOf } from './schema.js';
import { isMadeElsewhere, SchemaGap, valueFor } from './values.js';

const LOOKS = 600;
const LOOK_MS = 20;

/** What a client makes of a cloud that it knows only from its schemas: one resource of each type that it needs. */
export class World {
  readonly api: Api;
  readonly schemas: ReadonlyMap<string, TypeSchema>;
  /** In the order they were made. */
  readonly made: { readonly schema: TypeSchema; readonly url: string }[] = [];
  /** The passwords that were set last, by resource: nobody else knows them. */
  readonly #passwords = new Map<string, unknown>();
  readonly #instances = new Map<string, Promise<Document>>();
  #turn = 0;

  constructor(api: Api, schemas: ReadonlyMap<string, TypeSchema>) {
    this.api = api;
    this.schemas = schemas;
  }

  /** The types that a caller can create, in no order. */
  creatable(): readonly TypeSchema[] {
    return [...this.schemas.values()].filter((schema) => schema.collectionMethods.includes('POST'));
  }

  /** The resource of a type that others refer to: made where that is possible, else one that there is. */
  instance(id: string): Promise<Document> {
    let instance = this.#instances.get(id);
    if (instance === undefined) {
      instance = this.#instanceOf(this.#schema(id));
      this.#instances.set(id, instance);
    }
    return instance;
  }

  /** Makes a resource with all that has to be sent, and what is shown as usual. */
  async create(schema: TypeSchema): Promise<{ readonly sent: Document; readonly made: Document }> {
    const sent = await this.body(schema.resourceFields, (field) => field.create);
    const made = await this.api.must('POST', String(schema.collection), sent);
    this.made.push({ schema, url: textIn(made, 'links', 'self') });
    this.#remember(textIn(made, 'links', 'self'), schema.resourceFields, sent);
    return { sent, made: await this.settled(textIn(made, 'links', 'self')) };
  }

  /** What to send for fields: values for those that are required or suggested. `known` goes first. */
  async body(
    fields: { readonly [name: string]: FieldSchema },
    takes: (field: FieldSchema) => boolean,
    known: Document = {},
  ): Promise<Document> {
    const body: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(fields)) {
      if (!takes(field) || !(field.required || field.suggested)) continue;
      const here = this.#known(field, name, known) ?? null;
      body[name] = here === null ? await this.value(name, field) : here;
    }
    return body;
  }

  /** Asks for an action with all that it takes. Throws SchemaGap where only somebody else could. */
  async act(
    url: string,
    fields: { readonly [name: string]: FieldSchema },
    resource: Document,
  ): Promise<Document> {
    const body = await this.body(fields, () => true, resource);
    const answer = await this.api.must('POST', url, body);
    this.#remember(textIn(resource, 'links', 'self'), fields, body);
    return answer;
  }

  #known(field: FieldSchema, name: string, resource: Document): unknown {
    return field.format === 'current-password'
      ? this.#passwords.get(textIn(resource, 'links', 'self'))
      : resource[name];
  }

  #remember(url: string, fields: { readonly [name: string]: FieldSchema }, sent: Document): void {
    for (const [name, { type, format }] of Object.entries(fields))
      if (type === 'password' && format === null && sent[name] !== undefined)
        this.#passwords.set(url, sent[name]);
  }

  /** Another value for a field of a resource, alone, or null where the schema asks for more than this client has. */
  async another(schema: TypeSchema, name: string, resource: Document): Promise<unknown> {
    const field = schema.resourceFields[name];
    if (field === undefined) throw new SchemaGap(`${schema.id} has no field ${name}`);
    const target = targetOf(field);
    if (target !== undefined && field.satisfies !== null) {
      const instance = await this.instance(target);
      const fits = Object.entries(field.satisfies).every(([key, value]) => instance[key] === value);
      if (!fits && field.nullable) return null;
    }
    const bounds = Object.entries(schema.resourceFields)
      .filter(([, other]) => other.atLeast === name)
      .map(([other]) => resource[other])
      .filter((value) => typeof value === 'number');
    const lowest = field.atLeast === null ? undefined : resource[field.atLeast];
    return this.value(
      name,
      {
        ...field,
        min: typeof lowest === 'number' ? lowest : field.min,
        max: bounds.length === 0 ? field.max : Math.min(...bounds),
      },
      resource[name],
    );
  }

  /** A value of a field, other than `unlike` where there is another. */
  async value(name: string, field: FieldSchema, unlike?: unknown): Promise<unknown> {
    const target = targetOf(field);
    if (target !== undefined) return textIn(await this.instance(target), 'id');
    if (isMadeElsewhere(field)) throw new SchemaGap(`${name} needs a ${field.format}`);
    this.#turn += 1;
    return valueFor(field, this.#turn, unlike);
  }

  /** The resource once it does not move any more. Throws where it needs a person. */
  async settled(url: string): Promise<Document> {
    for (let look = 0; look < LOOKS; look += 1) {
      const resource = await this.api.must('GET', url);
      if (resource['transitioning'] === 'no') return resource;
      if (resource['transitioning'] === 'error')
        throw new Error(`${url}: ${String(resource['transitioningMessage'])}`);
      await pause(LOOK_MS);
    }
    const { transitioningMessage } = await this.api.must('GET', url);
    throw new Error(`${url} does not settle: ${String(transitioningMessage)}`);
  }

  /** Deletes a resource, what refers to it first, and waits until nothing is left of it. */
  async remove(schema: TypeSchema, url: string): Promise<Document> {
    const before = await this.api.must('GET', url);
    const first = await this.api.ask('DELETE', url);
    if (first.body['code'] === 'InUse') {
      // What goes with its parent refuses to go alone; then the parent goes without that.
      for (const child of await this.#children(before))
        await this.remove(child.schema, child.url).catch(() => {});
    }
    const asked = first.status < 300 ? first.body : await this.api.must('DELETE', url);
    if (asked['id'] !== before['id']) throw new SchemaGap(`DELETE ${url} answers something else`);
    for (let look = 0; look < LOOKS; look += 1) {
      const { status, body } = await this.api.ask('GET', url);
      if (status === 404 || typeof body['removed'] === 'string') return body;
      await pause(LOOK_MS);
    }
    throw new Error(
      `${schema.id} ${url} is not removed: ${JSON.stringify(await this.api.must('GET', `${url}?action=explain`))}`,
    );
  }

  // What is under a resource and can be deleted by itself, and is not gone.
  async #children(
    resource: Document,
  ): Promise<readonly { readonly schema: TypeSchema; readonly url: string }[]> {
    const found: { schema: TypeSchema; url: string }[] = [];
    for (const url of Object.values(Object(resource['links']))) {
      const { status, body } = await this.api.ask('GET', String(url));
      if (status !== 200 || body['type'] !== 'collection') continue;
      const schema = this.schemas.get(String(body['resourceType']));
      if (schema?.resourceMethods.includes('DELETE') !== true) continue;
      const data: readonly Document[] = Object(body['data']);
      found.push(...data.map((child) => ({ schema, url: textIn(child, 'links', 'self') })));
    }
    return found;
  }

  async #instanceOf(schema: TypeSchema): Promise<Document> {
    if (schema.collectionMethods.includes('POST')) return (await this.create(schema)).made;
    const { data } = await this.api.must('GET', String(schema.collection));
    const [first]: readonly Document[] = Object(data);
    if (first === undefined) throw new SchemaGap(`there is no ${schema.id}, and none can be made`);
    return first;
  }

  #schema(id: string): TypeSchema {
    const schema = this.schemas.get(id);
    if (schema === undefined) throw new SchemaGap(`a field refers to ${id}, which has no schema`);
    return schema;
  }
}
