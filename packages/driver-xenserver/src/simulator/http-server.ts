import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { openScreen } from './console/open-screen.js';
import { answer } from './json-rpc.js';
import type { Pool } from './pool.js';

const LARGEST_BODY = 2 ** 20 * 4;

/** Serves a pool over `POST /jsonrpc`, and screens of its VMs over `CONNECT /console`. */
export function serve(pool: Pool): Server {
  const server = createServer((request, response) => {
    respond(pool, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/html' });
      response.end(`<html><body>${error instanceof Error ? error.name : 'error'}</body></html>`);
    });
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    connect(pool, { target: request.url ?? '', socket, head });
  });
  return server;
}

const REASONS = { 200: 'OK', 401: 'Unauthorised', 404: 'Not Found' } as const;

interface Connection {
  readonly target: string;
  readonly socket: Duplex;
  /** What came along with the request. */
  readonly head: Buffer;
}

function connect(pool: Pool, { target, socket, head }: Connection): void {
  socket.on('error', () => undefined);
  const opened = URL.canParse(target, 'http://pool.invalid')
    ? openScreen(pool, target)
    : ({ status: 404 } as const);
  const line = `HTTP/1.1 ${opened.status} ${REASONS[opened.status]}\r\n`;
  if (opened.status !== 200) {
    socket.end(`${line}content-length: 0\r\nconnection: close\r\n\r\n`);
    return;
  }
  socket.write(`${line}connection: keep-alive\r\ncache-control: no-cache, no-store\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  opened.serve(socket);
}

async function respond(
  pool: Pool,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/jsonrpc') {
    response.writeHead(404, { 'content-type': 'text/html' }).end();
    return;
  }
  const { headers } = request;
  const { status, body } = await answer(pool, { body: await readBody(request), headers });
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': status === 200 ? 'application/json' : 'text/html',
    'content-length': bytes.length,
    ...(status === 200 ? {} : { connection: 'close' }),
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
