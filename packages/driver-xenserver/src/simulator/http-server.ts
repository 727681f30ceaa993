import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answer } from './json-rpc.js';
import type { Pool } from './pool.js';

const LARGEST_BODY = 2 ** 20 * 4;

/** Serves a pool over `POST /jsonrpc`. */
export function serve(pool: Pool): Server {
  return createServer((request, response) => {
    respond(pool, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/html' });
      response.end(`<html><body>${error instanceof Error ? error.name : 'error'}</body></html>`);
    });
  });
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
