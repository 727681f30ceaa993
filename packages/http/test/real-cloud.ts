import { createServer } from 'node:http';
import {
  type Cloud,
  type CloudOptions,
  createCloud,
  type JsonObject,
  type Plugin,
} from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { type MemoryDrivers, memoryDrivers } from '@gdcloud/core/testing';
import { type ApiOptions, api } from '@gdcloud/http';
import type { Test } from 'tap';
import { at, basic, listening, type Reply } from './served.js';

/** Two halves of a key. */
export interface KeyPair {
  readonly publicValue: string;
  readonly secretValue: string;
}

/** The real cloud behind a real server: SQLite, drivers in memory, the kernel at work. */
export interface RealCloud {
  readonly url: string;
  readonly cloud: Cloud;
  readonly drivers: MemoryDrivers;
  readonly admin: KeyPair;
  /** The key of an account that is no administrator's. */
  readonly user: KeyPair;
  readonly fetch: (path: string, init?: RequestInit & { readonly key?: KeyPair }) => Promise<Reply>;
  /** POSTs JSON as the administrator and returns what it answers. Throws unless that is 2xx. */
  readonly post: (path: string, body: JsonObject) => Promise<unknown>;
}

/** How a real cloud differs from the plain one. */
export interface RealCloudOptions {
  readonly plugins?: readonly Plugin[];
  readonly api?: Partial<ApiOptions>;
  readonly cloud?: Partial<CloudOptions>;
}

const ADMIN: KeyPair = { publicValue: 'admin', secretValue: 'the-administrators-secret' };

/** Starts a real cloud for one test. */
export async function serveRealCloud(t: Test, options: RealCloudOptions = {}): Promise<RealCloud> {
  const drivers = memoryDrivers();
  const cloud = createCloud({
    pepper: new Uint8Array(16).fill(3),
    administratorKey: ADMIN,
    ...options.cloud,
    plugins: [sqlite({ file: ':memory:' }), drivers.plugin, ...(options.plugins ?? [])],
  });
  t.teardown(() => cloud.stop());
  await cloud.start();
  const listener = api({
    types: cloud.types,
    resources: cloud.resources,
    contents: cloud.contents,
    feed: cloud.feed,
    ...options.api,
  });
  const server = createServer((request, response) => void listener(request, response));
  const url = `http://127.0.0.1:${await listening(server)}`;
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const request: RealCloud['fetch'] = async (path, { key = ADMIN, ...init } = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', basic(key));
    if (!headers.has('accept')) headers.set('accept', 'application/json');
    const response = await fetch(url + path, { ...init, headers });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text.startsWith('{') ? JSON.parse(text) : undefined,
    };
  };
  const post: RealCloud['post'] = async (path, body) => {
    const reply = await request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (reply.status >= 300) throw new Error(`POST ${path}: ${reply.status} ${reply.text}`);
    return reply.json;
  };
  const account = await post('/v1/accounts', { name: 'Ada' });
  const key = await post('/v1/apikeys', { accountId: String(at(account, 'id')) });
  return {
    url,
    cloud,
    drivers,
    admin: ADMIN,
    user: {
      publicValue: String(at(key, 'publicValue')),
      secretValue: String(at(key, 'secretValue')),
    },
    fetch: request,
    post,
  };
}
