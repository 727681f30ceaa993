import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerConnect } from './console/answer-connect.js';
import { answer, failurePage } from './http-answer.js';
import type { HttpAnswer } from './http-request.js';
import type { Pool } from './pool.js';

const LARGEST_BODY = 2 ** 20 * 4;
/** A real XAPI keeps idle connections for minutes; clients with many calls keep them too. */
const IDLE_MS = 300_000;

/** Serves a pool over HTTP, as {@link answer} says, and screens of its VMs over `CONNECT /console`. */
export function serve(pool: Pool): Server {
  const server = createServer((request, response) => {
    respond(pool, request, response).catch((error: unknown) => {
      if (response.headersSent) response.end();
      else send(response, failurePage(error instanceof Error ? error.name : 'error'));
    });
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    answerConnect(pool, { target: request.url ?? '', socket, head });
  });
  server.keepAliveTimeout = IDLE_MS;
  return server;
}

async function respond(
  pool: Pool,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url: path = '/', headers } = request;
  send(response, await answer(pool, { method, path, headers, body: await readBody(request) }));
}

function send(response: ServerResponse, { status, type, location, body }: HttpAnswer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(location === undefined ? {} : { location }),
    ...(status >= 400 ? { connection: 'close' } : {}),
    'cache-control': 'no-cache, no-store',
    'content-length': bytes.length,
  });
  response.end(bytes);
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
