import { once } from 'node:events';
import { request as http1, type IncomingHttpHeaders } from 'node:http';
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders as Http2Headers,
} from 'node:http2';
import { request as https1 } from 'node:https';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A request of a client that decides about each byte itself. */
export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** The two ends of an exchange that is under way. */
export interface Exchange {
  readonly sends: Writable;
  readonly answer: Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: Readable;
  }>;
  /** Goes away without a word. */
  readonly leave: () => void;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Undefined where the body is no JSON object. */
  readonly json: unknown;
}

/** A client of one protocol. */
export interface Wire {
  begin(path: string, asked?: Asked): Exchange;
  ask(path: string, asked?: Asked): Promise<Answer>;
  close(): void;
}

/** A client of HTTP/1.1, a connection for each request. Certificates are not looked at. */
export function wireOfHttp1(origin: string): Wire {
  return wire(
    (path, { method = 'GET', headers = {} }) => {
      const send = origin.startsWith('https:') ? https1 : http1;
      const options = { method, headers, agent: false, rejectUnauthorized: false };
      const sends = send(origin + path, options);
      sends.on('error', () => undefined);
      const answer = once(sends, 'response').then(([response]) => ({
        status: Number(response.statusCode),
        headers: response.headers as IncomingHttpHeaders,
        body: response as Readable,
      }));
      return { sends, answer, leave: () => sends.destroy() };
    },
    () => undefined,
  );
}

/** A client of HTTP/2, all requests over one connection. Certificates are not looked at. */
export function wireOfHttp2(origin: string): Wire {
  const session: ClientHttp2Session = connect(origin, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  return wire(
    (path, { method = 'GET', headers = {} }) => {
      const stream = session.request(
        { ...headers, ':method': method, ':path': path },
        { endStream: false },
      );
      stream.on('error', () => undefined);
      const answer = once(stream, 'response').then(([head]) => ({
        status: Number((head as Http2Headers)[':status']),
        headers: head as Http2Headers,
        body: stream as Readable,
      }));
      return { sends: stream, answer, leave: () => stream.close(8) };
    },
    () => session.destroy(),
  );
}

function wire(begin: (path: string, asked: Asked) => Exchange, close: () => void): Wire {
  return {
    begin: (path, asked = {}) => begin(path, asked),
    async ask(path, asked = {}) {
      const { sends, answer } = begin(path, asked);
      sends.end(asked.body);
      const { status, headers, body } = await answer;
      const all = await text(body);
      return {
        status,
        headers,
        text: all,
        json: all.startsWith('{') ? JSON.parse(all) : undefined,
      };
    },
    close,
  };
}
