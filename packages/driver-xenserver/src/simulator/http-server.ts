import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Json, JsonObject } from '@gdcloud/core';
import { isList, isObject } from './arguments.js';
import { faultDescription } from './fault.js';
import type { Pool } from './pool.js';
import { type Call, carryOut } from './rpc.js';

const OTHER_CONFIG = 'x-http-other-config-';
const LARGEST_BODY = 2 ** 20 * 4;

/** Serves a pool over `POST /jsonrpc`, in JSON-RPC 2.0 or, without a `jsonrpc` member, in XAPI's 1.0. */
export function serve(pool: Pool): Server {
  return createServer((request, response) => {
    answer(pool, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/html' });
      response.end(`<html><body>${error instanceof Error ? error.name : 'error'}</body></html>`);
    });
  });
}

async function answer(
  pool: Pool,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/jsonrpc') {
    response.writeHead(404, { 'content-type': 'text/html' }).end();
    return;
  }
  const message = readMessage(await readBody(request));
  if (message === undefined) {
    response.writeHead(500, { 'content-type': 'text/html', connection: 'close' });
    response.end('<html><body>malformed request</body></html>');
    return;
  }
  const body = Buffer.from(JSON.stringify(await outcome(pool, message, otherConfig(request))));
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
  });
  response.end(body);
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

async function outcome(pool: Pool, message: Message, config: JsonObject): Promise<JsonObject> {
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

function otherConfig(request: IncomingMessage): JsonObject {
  return Object.fromEntries(
    Object.entries(request.headers)
      .filter(([name]) => name.startsWith(OTHER_CONFIG))
      .map(([name, value]) => [`http:${name.slice(OTHER_CONFIG.length)}`, String(value)]),
  );
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_BODY) reject(new RangeError('request too large'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}
