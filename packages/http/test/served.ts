import { createServer } from 'node:http';
import { connect, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ApiOptions, api } from '@gdcloud/http';
import type { Test } from 'tap';
import { DoubleResources, type Key } from './double.js';
import { doubleTypes } from './double-types.js';

/** A cloud double behind a real server, with an administrator and a user. */
export interface Served {
  readonly url: string;
  readonly port: number;
  readonly cloud: DoubleResources;
  readonly admin: Key;
  readonly user: Key;
  readonly unhandled: readonly unknown[];
  /** fetch as `key`'s holder, by default the user, by default for JSON. */
  fetch(path: string, init?: RequestInit & { readonly key?: Key | null }): Promise<Reply>;
  /** Sends bytes and returns all that comes back until the server closes. */
  raw(bytes: string | Uint8Array): Promise<string>;
}

/** An answer, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; use `at` to walk it. */
  readonly json: unknown;
}

/** The Authorization header of a key. */
export function basic({
  publicValue,
  secretValue,
}: Pick<Key, 'publicValue' | 'secretValue'>): string {
  return `Basic ${Buffer.from(`${publicValue}:${secretValue}`).toString('base64')}`;
}

/** The value at a path of keys and indexes. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

/** Starts a server for one test. */
export async function serve(t: Test, options: Partial<ApiOptions> = {}): Promise<Served> {
  const types = options.types ?? doubleTypes();
  const cloud = new DoubleResources(types);
  const admin = cloud.addAccount('Root', 'admin');
  const user = cloud.addAccount('Ada', 'user');
  const { port, unhandled } = await listenTo(t, {
    types,
    resources: cloud,
    markerKey: new Uint8Array(32).fill(7),
    ...options,
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    cloud,
    admin,
    user,
    unhandled,
    async fetch(path, { key = user, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (key !== null && !headers.has('authorization')) headers.set('authorization', basic(key));
      if (!headers.has('accept')) headers.set('accept', 'application/json');
      const response = await fetch(url + path, { ...init, headers });
      const body = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text: body,
        json: body.startsWith('{') ? JSON.parse(body) : undefined,
      };
    },
    async raw(bytes) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(bytes);
      return text(socket);
    },
  };
}

/** Starts a server in front of an API, and notes what that leaves unhandled. */
export async function listenTo(
  t: Test,
  options: ApiOptions,
): Promise<{ readonly port: number; readonly unhandled: readonly unknown[] }> {
  const listener = api(options);
  const unhandled: unknown[] = [];
  const server = createServer((request, response) => {
    listener(request, response).catch((error: unknown) => unhandled.push(error));
  });
  const port = await listening(server);
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port, unhandled };
}

/** Waits until a server listens on a free port of the loopback. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no port');
  return address.port;
}

/** A POST or PUT of a JSON body. */
export function sends(method: 'POST' | 'PUT', body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
