import { basic, type Served } from './served.js';

/** One bad input: what is sent, and what must come back. Numbers are those of security.md 1.2. */
export interface BadInput {
  readonly name: string;
  readonly bytes: (served: Served) => string | Buffer;
  readonly status: number | readonly number[];
  readonly code?: string;
  readonly fieldName?: string | null;
}

/** How a message differs from a plain GET of the networks. */
export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  readonly type?: string | null;
  readonly authorization?: string | null;
}

/** A whole HTTP/1.1 message. */
export function message(served: Served, sent: Sent): Buffer {
  const body = Buffer.from(sent.body ?? '');
  const authorization = sent.authorization === undefined ? basic(served.user) : sent.authorization;
  const type = sent.type === undefined ? 'application/json' : sent.type;
  const lines = [
    `${sent.method ?? 'GET'} ${sent.path ?? '/v1/networks'} HTTP/1.1`,
    'Host: cloud.example',
    'Connection: close',
    ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
    ...(body.length === 0 || type === null ? [] : [`Content-Type: ${type}`]),
    ...(sent.method === undefined || sent.method === 'GET'
      ? []
      : [`Content-Length: ${body.length}`]),
    ...(sent.headers ?? []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

/** A GET, or whatever `more` makes of it. */
export const get =
  (path: string, more: Sent = {}) =>
  (served: Served) =>
    message(served, { path, ...more });
/** A POST to the networks, or whatever `more` makes of it. */
export const post =
  (body: string | Buffer, more: Sent = {}) =>
  (served: Served) =>
    message(served, { method: 'POST', path: '/v1/networks', body, ...more });
