import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '@gdcloud/core';
import { buildConnector, Pool } from 'undici';
import { connectorOptions, type TlsOptions, verifyFingerprint } from './tls.js';
import { TransportError } from './transport-error.js';
import { abandoned, badStatus, type Exchange, type Wire, withinTime } from './wire.js';

const USER_AGENT = 'gdcloud/0.1';
const CONNECTIONS = 24;
const CONNECT_TIMEOUT_MS = 5_000;

/** Failures that happen before anything of a request leaves this machine. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'GDCLOUD_FINGERPRINT_MISMATCH',
  'UND_ERR_CLOSED',
]);

/** The connection broke. An idle one may have been dead for long without our noticing, so a read is worth a second try. */
const BROKEN = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** Connections to one XAPI host over HTTP. Opens none before the first request, and holds no process open. */
export class Connection implements Wire {
  readonly origin: string;
  readonly #clock: Clock;
  readonly #pool: Pool;

  constructor(url: string, tls: TlsOptions | undefined, clock: Clock) {
    this.#clock = clock;
    this.origin = new URL(url).origin;
    const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, ...connectorOptions(tls) });
    this.#pool = new Pool(this.origin, {
      connections: CONNECTIONS,
      // Every request has its own timeout: event.from and slow calls are silent for longer than any default.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: verifyFingerprint(connect, tls),
    });
  }

  async post(body: string, exchange: Exchange): Promise<string> {
    try {
      return await withinTime(this.#clock, exchange, (signal) =>
        this.#send(body, exchange, signal),
      );
    } catch (error) {
      throw error instanceof TransportError ? error : transportError(error, this.origin, exchange);
    }
  }

  async get(path: string, exchange: Exchange & { readonly largest: number }): Promise<string> {
    try {
      return await withinTime(this.#clock, exchange, async (signal) => {
        const { statusCode, body } = await this.#pool.request({
          method: 'GET',
          path,
          headers: { 'user-agent': USER_AGENT, ...exchange.headers },
          signal,
        });
        if (statusCode === 200) return readWithin(body, this.origin, exchange);
        body.on('error', () => undefined).destroy();
        throw badStatus(this.origin, exchange, statusCode);
      });
    } catch (error) {
      throw error instanceof TransportError ? error : transportError(error, this.origin, exchange);
    }
  }

  async tunnel(path: string, exchange: Exchange): Promise<Duplex> {
    try {
      return await withinTime(this.#clock, exchange, async (signal) => {
        const { statusCode, socket } = await this.#pool.connect({
          path,
          headers: { 'user-agent': USER_AGENT, ...exchange.headers },
          signal,
        });
        if (statusCode === 200) return socket;
        socket.on('error', () => undefined).destroy();
        throw badStatus(this.origin, exchange, statusCode);
      });
    } catch (error) {
      throw error instanceof TransportError ? error : transportError(error, this.origin, exchange);
    }
  }

  async #send(body: string, exchange: Exchange, signal: AbortSignal): Promise<string> {
    const request = (): Promise<string> => this.#sendOnce(body, exchange, signal);
    try {
      return await request();
    } catch (error) {
      if (exchange.effect === 'read' && BROKEN.has(errorCode(error))) return request();
      throw error;
    }
  }

  async #sendOnce(body: string, exchange: Exchange, signal: AbortSignal): Promise<string> {
    const response = await this.#pool.request({
      method: 'POST',
      path: '/jsonrpc',
      headers: {
        'content-type': 'application/json',
        'user-agent': USER_AGENT,
        ...exchange.headers,
      },
      body,
      signal,
    });
    const text = await response.body.text();
    if (response.statusCode === 200) return text;
    throw badStatus(this.origin, exchange, response.statusCode);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

async function readWithin(
  body: Readable,
  origin: string,
  exchange: Exchange & { readonly largest: number },
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop destroys what is left of the answer.
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > exchange.largest)
      throw new TransportError('lost', exchange.effect, `too long an answer from ${origin}`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

function transportError(error: unknown, origin: string, exchange: Exchange): TransportError {
  const code = errorCode(error);
  if (code === 'UND_ERR_ABORTED') return abandoned(origin, exchange);
  const phase = UNSENT.has(code) ? 'unsent' : 'lost';
  return new TransportError(phase, exchange.effect, `${code} from ${origin}`, error);
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses were tried, and each failed in its own way.
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  return error.name === 'AbortError' ? 'UND_ERR_ABORTED' : error.name;
}
