import type { ResourceType } from '@gdcloud/core';
import type { BuiltInTypes } from './built-in-types.js';
import type { AskedOf, Collection, Planner, Target, WriteOptions } from './collection.js';
import { Connection } from './connection.js';
import { lazy } from './lazy.js';
import { pageOf } from './listing.js';
import { Requests } from './requests.js';
import { OF_THE_PLATFORM, type Surroundings } from './surroundings.js';
import { type Until, type Waited, type WaitOptions, waitFor } from './wait-for.js';
import { type Watched, type WatchOptions, watch } from './watch.js';
import type { DeclaredOf } from './wire-types.js';

/** Where the API is, who asks, and how. */
export interface ClientOptions<Types extends readonly ResourceType[] = readonly []> {
  /** `https://cloud.example`, or what its `/v1` is called. */
  readonly url: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Declarations of types beside those that every cloud has; only the compiler looks at them. */
  readonly types?: Types;
  /** Ends all that this client does. */
  readonly signal?: AbortSignal;
  /** How long an answer may take; milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** How often a request is sent at most. Default 5. */
  readonly attempts?: number;
  readonly fetch?: typeof globalThis.fetch;
  /** For tests: chance and time of their own. */
  readonly surroundings?: Partial<Surroundings>;
}

/** The collections of a client, each under the plural of its type. */
export type CollectionsOf<All extends ResourceType> = {
  readonly [T in All as DeclaredOf<T>['plural']]: Collection<T, All> & AskedOf<T>;
};

/** An API as TypeScript sees it. */
export type Client<All extends ResourceType = BuiltInTypes> = CollectionsOf<All> & {
  /** What writes would lead to, in place of doing them: `client.plan.volumes.create({ sizeGb: 5 })`. */
  readonly plan: { readonly [T in All as DeclaredOf<T>['plural']]: Planner<T> };
  /** Tells of changes as they happen, without a gap, until its signal or a `break`. */
  watch(options?: WatchOptions): AsyncGenerator<Watched, never, undefined>;
};

/**
 * Makes a client of the API at `url`. It asks nothing yet. What it knows of types it knows from their declarations, at
 * compile time; at run time it takes any name for a collection, so that types of plug-ins need nothing more.
 */
export function createClient<const Types extends readonly ResourceType[] = readonly []>(
  options: ClientOptions<Types>,
): Client<BuiltInTypes | Types[number]> {
  const { url, accessKey, secretKey, signal, timeoutMs = 30_000, attempts = 5 } = options;
  const connection = new Connection(
    { url, credentials: { accessKey, secretKey }, signal, timeoutMs, attempts },
    {
      ...OF_THE_PLATFORM,
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
      ...options.surroundings,
    },
  );
  const client = named(PLURAL, (plural) => collection(connection, plural), {
    plan: named(PLURAL, (plural) => planner(connection, plural), {}),
    watch: (filters: WatchOptions = {}) => watch(connection, filters),
  });
  // The names are the types' own; what is behind each is made when it is asked for.
  return client as unknown as Client<BuiltInTypes | Types[number]>;
}

const PLURAL = /^[a-z][a-z0-9]*$/;
const ACTION = /^[a-z][A-Za-z0-9]*$/;

function collection(connection: Connection, plural: string): object {
  const requests = new Requests(connection, plural);
  const methods = {
    create: (body: object, options?: WriteOptions) => requests.create(body, options),
    get: (target: Target, options?: WriteOptions) => requests.get(target, options),
    list: (options?: object) => requests.list(options),
    update: (target: Target, body: object, options?: WriteOptions) =>
      requests.update(target, body, options),
    change: (
      target: Target,
      change: (current: unknown) => object | undefined,
      options?: WriteOptions,
    ) => requests.change(target, change, options),
    delete: (target: Target, options?: WriteOptions) => requests.delete(target, options),
    action: (target: Target, name: string, input?: object, options?: WriteOptions) =>
      requests.action(target, name, input, options),
    explain: (target: Target, options?: WriteOptions) =>
      requests.get(target, options, '?action=explain'),
    history: async (target: Target, options?: WriteOptions) => {
      const { data } = Object(await requests.get(target, options, '/events'));
      return data;
    },
    reconcile: (target: Target, options?: WriteOptions) =>
      requests.action(target, 'reconcile', {}, options),
    follow: (target: Target, link: string, options: WriteOptions = {}) =>
      followed(connection, () => requests.linkOf(target, link, options), options),
    waitFor: (target: Target, until: Until<Waited>, options: WaitOptions = {}) =>
      waitFor(connection, requests.pathOf(target), until, options),
  };
  const action =
    (name: string) =>
    (target: Target, input?: object, options?: WriteOptions): Promise<unknown> =>
      requests.action(target, name, input, options);
  return named(ACTION, action, methods);
}

function planner(connection: Connection, plural: string): object {
  const requests = new Requests(connection, plural);
  const dry = 'dryRun=plan';
  return {
    create: (body: object, options?: WriteOptions) => requests.create(body, options, `?${dry}`),
    update: (target: Target, body: object, options?: WriteOptions) =>
      requests.update(target, body, options, `?${dry}`),
    delete: (target: Target, options?: WriteOptions) => requests.delete(target, options, `?${dry}`),
    action: (target: Target, name: string, input?: object, options?: WriteOptions) =>
      requests.action(target, name, input, options, `&${dry}`),
  };
}

// A link is known to lead to one resource or to a list only when it is followed: `await` and `for await` both do.
function followed(
  connection: Connection,
  find: () => Promise<string>,
  { signal }: WriteOptions,
): object {
  return lazy(
    async () => {
      const to = await find();
      const asked = { method: 'GET', to, signal } as const;
      const { body } = await connection.ask(asked);
      return Object(body).type === 'collection' ? pageOf(connection, body, signal) : body;
    },
    (found) => found as AsyncIterable<unknown>,
  );
}

/** An object with these members, and beside them one for every name that fits the pattern. */
function named(pattern: RegExp, make: (name: string) => unknown, members: object): object {
  const made = new Map<string, unknown>(Object.entries(members));
  return new Proxy(Object.freeze(Object.create(null)), {
    get(_target, name) {
      // Whoever awaits such an object must find no promise.
      if (typeof name !== 'string' || name === 'then') return undefined;
      if (!made.has(name) && pattern.test(name)) made.set(name, make(name));
      return made.get(name);
    },
    has: (_target, name) => typeof name === 'string' && name !== 'then' && pattern.test(name),
  });
}
