import { isAtLeast } from '../datamodel/releases.js';
import type { HttpAnswer, HttpRequest } from './http-request.js';
import { answerJson } from './json-rpc.js';
import { measure } from './measurements.js';
import type { Pool } from './pool.js';
import { Unreadable } from './unreadable.js';
import { answerXml } from './xml-rpc.js';

/**
 * Answers as a real XAPI does over HTTP: JSON-RPC at `/jsonrpc`, XML-RPC at any other path, no chunked bodies, and
 * everything but POST as a web server would.
 */
export async function answer(pool: Pool, request: HttpRequest): Promise<HttpAnswer> {
  switch (request.method) {
    case 'POST':
      return answerCall(pool, request);
    case 'GET':
    case 'HEAD':
      if (request.path.startsWith('/rrd_updates')) return measurements(pool, request.path);
      return { status: 301, location: `https://${hostOf(request)}${request.path}`, body: '' };
    case 'OPTIONS':
      return { status: 200, body: '' };
    default:
      return page(403, 'forbidden', 'Access to the requested resource is forbidden.');
  }
}

function measurements(pool: Pool, path: string): HttpAnswer {
  const measured = measure(pool, path);
  return measured.status === 200
    ? { status: 200, type: 'text/xml', body: measured.body }
    : page(measured.status, 'no measurements', 'There is nothing to tell.');
}

async function answerCall(pool: Pool, request: HttpRequest): Promise<HttpAnswer> {
  try {
    if (request.headers['transfer-encoding'] !== undefined) {
      throw new Unreadable('Failure("We require a content-length: HTTP header")');
    }
    // Before 6.2 there was nothing at that path, so it was taken for XML-RPC as well.
    const json = /^\/jsonrpc\b/.test(request.path) && isAtLeast(pool.settings.asOf, 'clearwater');
    return await (json ? answerJson(pool, request) : answerXml(pool, request));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return failurePage(error.message);
  }
}

/** The page for what went wrong before there was a call. */
export function failurePage(reason: string): HttpAnswer {
  const apology =
    'An unexpected error occurred; please wait a while and try again. If the problem persists, please contact your support representative.';
  return page(
    500,
    'internal server error',
    `${apology}<h1> Additional information </h1>${escaped(reason)}`,
  );
}

function page(status: number, title: string, text: string): HttpAnswer {
  const body = `<html><body><h1>HTTP ${status} ${title}</h1>${text}</body></html>`;
  return { status, type: 'text/html', body };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function hostOf({ headers }: HttpRequest): string {
  const { host = '127.0.0.1' } = headers;
  return String(host);
}
