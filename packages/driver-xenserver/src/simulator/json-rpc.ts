import type { Json, JsonObject } from '@gdcloud/core';
import { isAtLeast } from '../datamodel/releases.js';
import { isList, isObject } from './arguments.js';
import { exceptionText } from './exception-text.js';
import { faultDescription } from './fault.js';
import { type HttpAnswer, type HttpRequest, otherConfigOf } from './http-request.js';
import { MalformedJson, parseJson } from './json-text.js';
import type { Pool } from './pool.js';
import { resultText } from './record-text.js';
import { carryOut, resultType } from './rpc.js';
import { Unreadable } from './unreadable.js';

interface Message {
  readonly version: 1 | 2;
  readonly id: string | number;
  readonly method: string;
  readonly parameters: readonly Json[];
}

/**
 * Answers one request in JSON-RPC 2.0 or, without a `jsonrpc` member and before 7.3, in XAPI's 1.0. Throws
 * {@link Unreadable} for what is neither; batches and notifications are not.
 */
export async function answerJson(pool: Pool, request: HttpRequest): Promise<HttpAnswer> {
  const message = readMessage(request.body);
  const standard = message.version === 2 && isAtLeast(pool.settings.asOf, 'inverness');
  const outcome = await outcomeOf(pool, message, otherConfigOf(pool, request));
  const body =
    outcome.kind === 'failure'
      ? JSON.stringify(standard ? standardFailure(outcome) : olderFailure(outcome))
      : success(outcome, standard ? 'standard' : 'older', (result) =>
          resultText(pool.schema, resultType(pool, message.method), result),
        );
  return { status: 200, type: 'application/json', body };
}

function malformed(what: string): Unreadable {
  return new Unreadable(exceptionText('Jsonrpc.Malformed_method_request', what));
}

function readJson(body: string): Json {
  try {
    return parseJson(body);
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    throw new Unreadable(exceptionText('Yojson.Json_error', error.message));
  }
}

function readMessage(body: string): Message {
  const value = readJson(body);
  if (!isObject(value)) throw malformed('Invalid request body');
  const { id, method, params, jsonrpc } = value;
  if (method === undefined) throw malformed('Required field method is missing');
  if (typeof method !== 'string') throw malformed("Invalid field 'method' in request body");
  if (jsonrpc !== undefined && jsonrpc !== '2.0') {
    throw malformed("Invalid field 'jsonrpc' in request body");
  }
  const version = jsonrpc === undefined ? 1 : 2;
  const parameters = readParameters(version, params);
  if (typeof id !== 'string' && !(typeof id === 'number' && Number.isInteger(id))) {
    throw malformed("Invalid field 'id' in request body");
  }
  return { version, id, method, parameters };
}

function readParameters(version: 1 | 2, params: Json | undefined): readonly Json[] {
  if (isList(params)) return params;
  if (version === 1 && params === undefined) throw malformed('Required field params is missing');
  if (version === 2 && (params === undefined || params === null)) return [];
  // Parameters by name are taken for one parameter.
  if (version === 2 && params !== undefined && isObject(params)) return [params];
  throw malformed("Invalid field 'params' in request body");
}

interface Success {
  readonly kind: 'result';
  readonly id: string | number;
  readonly result: Json;
}

interface Failure {
  readonly kind: 'failure';
  readonly id: string | number;
  readonly failure: readonly string[];
}

async function outcomeOf(
  pool: Pool,
  { id, method, parameters }: Message,
  otherConfig: JsonObject,
): Promise<Success | Failure> {
  try {
    return {
      kind: 'result',
      id,
      result: await carryOut(pool, { method, parameters, otherConfig }),
    };
  } catch (thrown) {
    return { kind: 'failure', id, failure: faultDescription(thrown) };
  }
}

function success(
  { id, result }: Success,
  form: 'standard' | 'older',
  write: (result: Json) => string,
): string {
  return form === 'standard'
    ? `{"jsonrpc":"2.0","result":${write(result)},"id":${JSON.stringify(id)}}`
    : `{"result":${write(result)},"error":null,"id":${JSON.stringify(id)}}`;
}

function standardFailure({ id, failure }: Failure): JsonObject {
  const [message = 'INTERNAL_ERROR', ...data] = failure;
  return { jsonrpc: '2.0', error: { code: 1, message, data }, id };
}

function olderFailure({ id, failure }: Failure): JsonObject {
  return { result: null, error: failure, id };
}
