import type { Json, JsonObject } from '@gdcloud/core';
import { isList, isObject } from './arguments.js';
import { faultDescription } from './fault.js';
import type { Pool } from './pool.js';
import { type Call, carryOut } from './rpc.js';

/** A request as it comes over any wire. */
export interface Request {
  readonly body: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What is sent back: JSON with status 200, a page of HTML with any other. */
export interface Answer {
  readonly status: 200 | 500;
  readonly body: string;
}

const OTHER_CONFIG = 'x-http-other-config-';

/** Answers one request to `/jsonrpc`, in JSON-RPC 2.0 or, without a `jsonrpc` member, in XAPI's 1.0. */
export async function answer(pool: Pool, request: Request): Promise<Answer> {
  const message = readMessage(request.body);
  if (message === undefined) {
    return { status: 500, body: '<html><body>malformed request</body></html>' };
  }
  const outcome = await outcomeOf(pool, message, otherConfig(request.headers));
  return { status: 200, body: JSON.stringify(outcome) };
}

interface Message {
  readonly version: 1 | 2;
  readonly id: Json;
  readonly method: string;
  readonly parameters: readonly Json[];
}

function readMessage(body: string): Message | undefined {
  let value: Json;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { id = null, method, params = [], jsonrpc } = value;
  if (typeof method !== 'string' || !isList(params)) return undefined;
  if (jsonrpc !== undefined && id === null) return undefined;
  return { version: jsonrpc === undefined ? 1 : 2, id, method, parameters: params };
}

async function outcomeOf(pool: Pool, message: Message, config: JsonObject): Promise<JsonObject> {
  const { id, method, parameters } = message;
  const call: Call = { method, parameters, otherConfig: config };
  try {
    const result = await carryOut(pool, call);
    return message.version === 2 ? { jsonrpc: '2.0', result, id } : { result, error: null, id };
  } catch (thrown) {
    const [code = 'INTERNAL_ERROR', ...data] = faultDescription(thrown);
    return message.version === 2
      ? { jsonrpc: '2.0', error: { code: 1, message: code, data }, id }
      : { result: null, error: [code, ...data], id };
  }
}

function otherConfig(headers: Request['headers']): JsonObject {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(OTHER_CONFIG))
      .map(([name, value]) => [`http:${name.slice(OTHER_CONFIG.length)}`, String(value)]),
  );
}
