import type { JsonObject } from '@gdcloud/core';
import { ApiHandler } from '@gdcloud/http';
import type { Key } from '../double.js';
import { basic } from '../served.js';
import { request } from '../socketless.js';
import type { Tenants } from '../tenants.js';
import { UNHURRIED } from '../unhurried.js';
import type { Asker } from './oracle.js';

/** Somebody who asks, with the credentials they have. */
export interface Role extends Asker {
  readonly name: string;
  readonly authorization: string | undefined;
}

/**
 * All kinds of callers: with no key, a wrong one, two users who know nothing of each other, the administrator, and some
 * with keys that open less.
 */
export async function rolesOf(tenants: Tenants): Promise<readonly Role[]> {
  const { ada, eve, root } = tenants;
  const nobody = { kind: 'nobody', account: undefined } as const;
  const wrong = basic({ ...ada, secretValue: `${ada.secretValue}x` });
  return [
    { ...nobody, name: 'no key', authorization: undefined },
    { ...nobody, name: 'wrong secret', authorization: wrong },
    roleOf('Ada', ada),
    roleOf('Eve', eve),
    roleOf('administrator', root),
    ...(await Promise.all(
      NARROW.map(([whose, scopes]) => narrow(tenants, tenants[whose], scopes)),
    )),
  ];
}

/** Keys that open less than their accounts may do. */
const NARROW = [
  ['ada', ['*:read']],
  ['ada', ['virtualmachine:*', 'network:read']],
  ['eve', ['volume:*']],
  ['root', ['*:read']],
] as const;

async function narrow(tenants: Tenants, key: Key, scopes: readonly string[]): Promise<Role> {
  const { name } = roleOf(key.caller.accountName, key);
  const own = await tenants.narrow(key, scopes);
  return { ...roleOf(`${name} (${scopes.join(' ')})`, own), scopes };
}

function roleOf(name: string, key: Key): Role {
  const { kind, account } = key.caller;
  return { name, kind, account, authorization: basic(key) };
}

/** What is asked for. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD';
  readonly target: string;
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly json: JsonObject;
}

/** Asks an API as somebody, without sockets. */
export class Asking {
  readonly #handler: ApiHandler;

  constructor({ cloud }: Tenants) {
    this.#handler = new ApiHandler({
      types: cloud.types,
      resources: cloud.resources,
      contents: cloud.contents,
      markerKey: new Uint8Array(32).fill(7),
      traffic: UNHURRIED,
    });
  }

  async ask(
    role: Pick<Role, 'authorization'>,
    { method, target, body, headers: more }: Asked,
  ): Promise<Answered> {
    const headers = {
      authorization: role.authorization,
      'content-type': 'application/json',
      ...more,
    };
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const answer = await this.#handler.handle(request(method, target, headers, bytes));
    await answer.stream?.close();
    const text = answer.body;
    return { status: answer.status, text, json: text.startsWith('{') ? JSON.parse(text) : {} };
  }
}

/** An error as everybody sees it: without what names it, and with an id in the place of which ever was asked for. */
export function errorOf({ status, json }: Answered, id: string): JsonObject {
  const without = (value: unknown) =>
    typeof value === 'string' ? value.split(id).join('<id>') : null;
  const { code, message, detail, fieldName } = json;
  return {
    status,
    code: without(code),
    message: without(message),
    detail: without(detail),
    fieldName: without(fieldName),
  };
}
