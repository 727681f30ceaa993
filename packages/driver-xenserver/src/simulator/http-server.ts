import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { FORBIDDEN_PAGE, internalErrorPage } from './error-page.js';
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
  const { method, url = '/', headers } = request;
  switch (method) {
    case 'POST':
      break;
    case 'OPTIONS':
      response.writeHead(200, { ...CROSS_ORIGIN, 'content-length': 0 }).end();
      return;
    case 'GET':
      // Pages are served over TLS only, and there are none here.
      response.writeHead(301, {
        location: `https://${headers.host ?? ''}${url}`,
        'content-length': 0,
      });
      response.end();
      return;
    default:
      send(response, 403, FORBIDDEN_PAGE);
      return;
  }
  const body = await readBody(request);
  if (!url.startsWith('/jsonrpc')) {
    // Everything else is XML-RPC.
    send(response, 500, internalErrorPage('Xmlm.Error(1:1, "expected root element")'));
    return;
  }
  const { status, body: text } = await answer(pool, { body, headers });
  send(response, status, text);
}

const CROSS_ORIGIN = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'X-Requested-With, Content-Type',
  'access-control-allow-methods': 'PUT',
};

function send(response: ServerResponse, status: number, body: string): void {
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
