import type { Json, JsonObject } from '@gdcloud/core';
import { isList, isObject } from './arguments.js';
import { exceptionText, internalErrorPage } from './error-page.js';
import { faultDescription } from './fault.js';
import { MalformedJson, parseJson } from './json-text.js';
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
  let message: Message;
  try {
    message = readMessage(request.body);
  } catch (error) {
    if (error instanceof MalformedJson) return refused('Yojson.Json_error', error.message);
    if (error instanceof MalformedMessage) {
      return refused('Jsonrpc.Malformed_method_request', error.message);
    }
    throw error;
  }
  const outcome = await outcomeOf(pool, message, otherConfig(request.headers));
  return { status: 200, body: JSON.stringify(outcome) };
}

function refused(exception: string, text: string): Answer {
  return { status: 500, body: internalErrorPage(exceptionText(exception, text)) };
}

class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

interface Message {
  readonly version: 1 | 2;
  readonly id: string | number;
  readonly method: string;
  readonly parameters: readonly Json[];
}

function invalid(field: string): MalformedMessage {
  return new MalformedMessage(`Invalid field '${field}' in request body`);
}

/** Reads a request's message; what is wrong with it is told in the order in which a real XAPI looks. */
function readMessage(body: string): Message {
  const value = parseJson(body);
  if (!isObject(value)) throw new MalformedMessage('Invalid request body');
  const { id, method, params, jsonrpc } = value;
  if (method === undefined) throw new MalformedMessage('Required field method is missing');
  if (typeof method !== 'string') throw invalid('method');
  if (jsonrpc !== undefined && jsonrpc !== '2.0') throw invalid('jsonrpc');
  const version = jsonrpc === undefined ? 1 : 2;
  const parameters = readParameters(version, params);
  if (typeof id !== 'string' && typeof id !== 'number') throw invalid('id');
  return { version, id, method, parameters };
}

function readParameters(version: 1 | 2, params: Json | undefined): readonly Json[] {
  if (isList(params)) return params;
  if (version === 1) {
    if (params === undefined) throw new MalformedMessage('Required field params is missing');
    throw invalid('params');
  }
  if (params === undefined || params === null) return [];
  if (isObject(params)) return [params];
  throw invalid('params');
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
