import type { CreateOptions, Target, WriteOptions } from './collection.js';
import type { Answered, Connection } from './connection.js';
import { ApiError } from './errors.js';
import { type Listing, listing } from './listing.js';

interface Options {
  readonly signal?: AbortSignal;
}

/** A list as it is asked for, its types left aside. */
export interface ListQuery extends Options {
  readonly filters?: { readonly [name: string]: string | number | boolean | undefined };
  readonly sort?: string;
  readonly order?: string;
  readonly limit?: number;
  readonly include?: string;
}

/** How often a change is tried again where somebody else was first. */
const TRIES = 8;

/** The requests about the resources of one type, as data in and out: what the types promise is the API's to keep. */
export class Requests {
  readonly #connection: Connection;
  readonly #plural: string;

  constructor(connection: Connection, plural: string) {
    this.#connection = connection;
    this.#plural = plural;
  }

  /** `POST /<plural>`. */
  async create(
    body: object,
    { signal, idempotencyKey }: CreateOptions = {},
    query = '',
  ): Promise<unknown> {
    const to = `/${this.#plural}${query}`;
    const asked = { method: 'POST', to, body, idempotencyKey, signal } as const;
    return (await this.#connection.ask(asked)).body;
  }

  /** `GET /<plural>/<id>`, or what is under it. */
  async get(target: Target, { signal }: Options = {}, rest = ''): Promise<unknown> {
    return (await this.#read(target, signal, rest)).body;
  }

  /** `GET /<plural>`. */
  list<R>({ filters = {}, signal, ...page }: ListQuery = {}): Listing<R> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...filters, ...page }))
      if (value !== undefined) query.set(name, String(value));
    const text = query.toString();
    return listing(this.#connection, `/${this.#plural}${text === '' ? '' : `?${text}`}`, signal);
  }

  /** `PUT /<plural>/<id>`. */
  async update(
    target: Target,
    body: object,
    options: WriteOptions = {},
    query = '',
  ): Promise<unknown> {
    return this.#write('PUT', this.pathOf(target) + query, body, options);
  }

  /** Reads, changes and writes until nobody came in between. */
  async change(
    target: Target,
    change: (current: unknown) => object | undefined,
    { signal }: Options = {},
  ): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      const { body: current, etag } = await this.#read(target, signal, '');
      const body = change(current);
      if (body === undefined) return current;
      try {
        return await this.update(target, body, {
          ...(signal === undefined ? {} : { signal }),
          ...(etag === null ? {} : { ifMatch: etag }),
        });
      } catch (thrown) {
        if (!(thrown instanceof ApiError) || thrown.status !== 412 || tries === TRIES) throw thrown;
      }
    }
  }

  /** `DELETE /<plural>/<id>`. */
  async delete(target: Target, options: WriteOptions = {}, query = ''): Promise<unknown> {
    return this.#write('DELETE', this.pathOf(target) + query, undefined, options);
  }

  /** `POST /<plural>/<id>?action=<name>`. */
  async action(
    target: Target,
    name: string,
    input: object = {},
    { signal, ifMatch, idempotencyKey }: WriteOptions = {},
    query = '',
  ): Promise<unknown> {
    const to = `${this.pathOf(target)}?action=${encodeURIComponent(name)}${query}`;
    const headers = conditionOf(ifMatch);
    const asked = { method: 'POST', to, body: input, headers, idempotencyKey, signal } as const;
    return (await this.#connection.ask(asked)).body;
  }

  /** Where a link of a resource leads. Throws TypeError where the resource has no such link now. */
  async linkOf(target: Target, link: string, options: Options = {}): Promise<string> {
    const known = typeof target === 'string' ? undefined : linkIn(target, link);
    const url = known ?? linkIn(await this.get(target, options), link);
    if (url === undefined) throw new TypeError(`${this.pathOf(target)} has no link ${link} now`);
    return url;
  }

  /** The path of a resource under the version. */
  pathOf(target: Target): string {
    const id = typeof target === 'string' ? target : target.id;
    return `/${this.#plural}/${encodeURIComponent(id)}`;
  }

  #read(target: Target, signal: AbortSignal | undefined, rest: string): Promise<Answered> {
    const to = this.pathOf(target) + rest;
    return this.#connection.ask({ method: 'GET', to, signal });
  }

  async #write(
    method: 'PUT' | 'DELETE',
    to: string,
    body: object | undefined,
    { signal, ifMatch, idempotencyKey }: WriteOptions,
  ): Promise<unknown> {
    const asked = {
      method,
      to,
      ...(body === undefined ? {} : { body }),
      headers: conditionOf(ifMatch),
      idempotencyKey,
      signal,
    } as const;
    return (await this.#connection.ask(asked)).body;
  }
}

function conditionOf(ifMatch: string | undefined): Readonly<Record<string, string>> {
  return ifMatch === undefined ? {} : { 'if-match': ifMatch };
}

function linkIn(resource: unknown, link: string): string | undefined {
  const { links } = Object(resource);
  const url: unknown = Object.hasOwn(Object(links), link) ? Object(links)[link] : undefined;
  return typeof url === 'string' ? url : undefined;
}
