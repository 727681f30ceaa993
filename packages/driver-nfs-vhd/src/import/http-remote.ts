import { promises as dns, type LookupAddress } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { DriverFailure, ensureError } from '@gdcloud/core';
import type { AddressRule } from './address-rules.js';
import { BrokenOff, type OpenRemote, type RemoteContent, type RemoteRequest } from './remote.js';
import { contentInvalid, sourceBusy, sourceForbidden, sourceRefused } from './remote-failures.js';

/** How HTTP is spoken to servers that content is fetched from. */
export interface HttpRemoteOptions {
  /** Asked for each address just before it is connected to, and for the one that is connected. */
  readonly mayReach: AddressRule;
  /** Finds the addresses of a host; the system's resolver by default. */
  readonly resolve?: ((host: string) => Promise<readonly LookupAddress[]>) | undefined;
  /** How long a server may say nothing; milliseconds. Default 30,000. */
  readonly silenceMs?: number | undefined;
}

const MOST_REDIRECTS = 5;
const SILENCE_MS = 30_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What may pass: busy servers say so, and too-early and overdue requests are repeated. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Fetches over `http` and `https`. Addresses are judged when they are connected to, so a name that changes its address
 * in between leads nowhere else; each redirect, of which there may be five, is judged like the first URL, and none leads
 * from `https` to `http`. Nothing but the request itself is sent: no cookies, no credentials.
 */
export function httpRemote(options: HttpRemoteOptions): OpenRemote {
  return async (wanted) => {
    let url = urlOf(wanted.url, undefined);
    let request = wanted;
    for (let redirects = 0; ; redirects += 1) {
      const response = await ask(url, request, options);
      const status = response.statusCode ?? 0;
      // It has become shorter, so it is other content by now.
      if (status === 416 && request.from > 0) {
        response.destroy();
        request = { ...wanted, from: 0, validator: undefined };
        continue;
      }
      if (!REDIRECTS.has(status)) return contentOf(response, status, request);
      response.destroy();
      const { location } = response.headers;
      if (location === undefined || redirects === MOST_REDIRECTS)
        throw contentInvalid('SourceRedirects', `${url.host} redirects too often, or to nowhere`);
      url = urlOf(location, url);
    }
  };
}

function urlOf(text: string, from: URL | undefined): URL {
  if (!URL.canParse(text, from?.href)) throw sourceForbidden('it', 'the URL can’t be read');
  const url = new URL(text, from?.href);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw sourceForbidden(url.host, 'only https and http are fetched');
  if (url.username !== '' || url.password !== '')
    throw sourceForbidden(url.host, 'there is a user in the URL');
  if (from?.protocol === 'https:' && url.protocol === 'http:')
    throw sourceForbidden(url.host, 'a redirect leads from https to http');
  return url;
}

function ask(
  url: URL,
  { from, validator, signal }: RemoteRequest,
  { mayReach, resolve, silenceMs = SILENCE_MS }: HttpRemoteOptions,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayReach(host)) return Promise.reject(notPublic(host));
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((given, failed) => {
    const request = send(url, {
      agent: false,
      signal,
      timeout: silenceMs,
      lookup: lookupOf(mayReach, resolve ?? ((name) => dns.lookup(name, { all: true }))),
      headers: {
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'gdcloud',
        ...(from === 0 ? {} : { range: `bytes=${from}-` }),
        ...(from === 0 || validator === undefined ? {} : { 'if-range': validator }),
      },
    });
    const broke = (thrown: unknown): void => {
      const error = ensureError(thrown);
      failed(
        error instanceof DriverFailure ? error : new BrokenOff(wordOf(error), { cause: error }),
      );
    };
    request.on('error', broke);
    request.on('timeout', () => request.destroy(new Error('it says nothing for too long')));
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        const address = socket.remoteAddress ?? '';
        if (!mayReach(unmapped(address))) request.destroy(notPublic(host));
      });
    });
    request.on('response', given);
    request.end();
  });
}

function lookupOf(
  mayReach: AddressRule,
  resolve: (host: string) => Promise<readonly LookupAddress[]>,
): LookupFunction {
  return (host, { all, family }, callback) => {
    resolve(host).then(
      (found) => {
        const reachable = found.filter(({ address }) => mayReach(address));
        const wanted = family === 4 || family === 6 ? family : undefined;
        const usable = reachable.filter((one) => wanted === undefined || one.family === wanted);
        const [first] = usable;
        if (first === undefined) callback(notPublic(host), '', 0);
        else if (all === true) callback(null, [...usable]);
        else callback(null, first.address, first.family);
      },
      (thrown: unknown) => callback(ensureError(thrown), '', 0),
    );
  };
}

function contentOf(
  response: IncomingMessage,
  status: number,
  { url, from }: RemoteRequest,
): RemoteContent {
  const encoding = response.headers['content-encoding'];
  const refused = refusalOf(url, status, encoding);
  if (refused !== undefined) {
    response.destroy();
    throw refused;
  }
  const range = status === 206 ? rangeOf(response.headers['content-range']) : undefined;
  if (status === 206 && range?.from !== from) {
    response.destroy();
    throw contentInvalid('SourceRanges', 'the server sends another range than it was asked for');
  }
  const length = response.headers['content-length'];
  const totalBytes =
    status === 206 ? range?.totalBytes : length === undefined ? undefined : Number(length);
  return {
    from: status === 206 ? from : 0,
    ...(totalBytes === undefined ? {} : { totalBytes }),
    ...validatorOf(response),
    chunks: chunksOf(response),
  };
}

function refusalOf(
  url: string,
  status: number,
  encoding: string | undefined,
): DriverFailure | undefined {
  if (status >= 500 || PASSING.has(status)) return sourceBusy(url, status);
  if (status !== 200 && status !== 206) return sourceRefused(url, status);
  return encoding === undefined || encoding === 'identity'
    ? undefined
    : contentInvalid('SourceEncoded', 'the server encodes the content on its way');
}

// A weak tag may name content that differs, and a date only what is older than a second (RFC 9110, 8.8.2.2).
function validatorOf({ headers }: IncomingMessage): { readonly validator?: string } {
  const { etag } = headers;
  if (etag?.startsWith('"') === true) return { validator: etag };
  const modified = headers['last-modified'];
  const [changed, sent] = [Date.parse(modified ?? ''), Date.parse(headers.date ?? '')];
  return modified !== undefined && sent - changed >= 1_000 ? { validator: modified } : {};
}

function rangeOf(
  text: string | undefined,
): { readonly from: number; readonly totalBytes: number } | undefined {
  const [, from, totalBytes] = /^bytes (\d{1,16})-\d{1,16}\/(\d{1,16})$/.exec(text ?? '') ?? [];
  return from === undefined || totalBytes === undefined
    ? undefined
    : { from: Number(from), totalBytes: Number(totalBytes) };
}

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of response) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } catch (thrown) {
    const error = ensureError(thrown);
    throw new BrokenOff(wordOf(error), { cause: error });
  } finally {
    response.destroy();
  }
}

// Node's own words: they name addresses, never what is behind the host in a URL.
function wordOf(error: Error): string {
  return error.message;
}

function notPublic(host: string): DriverFailure {
  return sourceForbidden(host, 'it has no public address');
}

function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
