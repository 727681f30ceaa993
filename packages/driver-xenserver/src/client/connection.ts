import type { Duplex } from 'node:stream';
import type { Clock } from '@gdcloud/core';
import { buildConnector, Pool } from 'undici';
import { connectorOptions, type TlsOptions, verifyFingerprint } from './tls.js';
import { TransportError } from './transport-error.js';
import { abandoned, badStatus, ENDPOINTS, type Exchange, type Wire, withinTime } from './wire.js';

/** XAPI tells callers apart by it, in its logs and where it limits their rate. */
const USER_AGENT = 'gdcloud-driver-xenserver/0.1.0';
const CONNECTIONS = 24;
const CONNECT_TIMEOUT_MS = 5_000;
/** In bytes. The list of all of a pool's objects is the largest answer: some 10 KB for each server. */
const LARGEST_ANSWER = 128 * 2 ** 20;

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
          headers: {
            'user-agent': USER_AGENT,
            'accept-encoding': 'identity',
            ...exchange.headers,
          },
          signal,
        });
        if (statusCode === 200) return readBody(body, this.origin, exchange, exchange.largest);
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
    const { path, type } = ENDPOINTS[exchange.format ?? 'json'];
    const response = await this.#pool.request({
      method: 'POST',
      path,
      headers: {
        'content-type': type,
        'user-agent': USER_AGENT,
        // What is sent packed is not unpacked: a small answer may hold a huge one.
        'accept-encoding': 'identity',
        ...exchange.headers,
      },
      body,
      signal,
    });
    if (response.statusCode === 200) return readBody(response.body, this.origin, exchange);
    // Not read: it may never end. The connection goes with it.
    response.body.on('error', () => undefined).destroy();
    throw badStatus(this.origin, exchange, response.statusCode);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** The body as text, unless it is larger than any that is expected. */
async function readBody(
  body: AsyncIterable<Uint8Array>,
  origin: string,
  exchange: Exchange,
  largest: number = LARGEST_ANSWER,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > largest)
      throw new TransportError(
        'lost',
        exchange.effect,
        `an answer of more than ${largest} bytes from ${origin}`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function transportError(error: unknown, origin: string, exchange: Exchange): TransportError {
  const code = errorCode(error);
  if (code === 'UND_ERR_ABORTED') return abandoned(origin, exchange);
  const phase = UNSENT.has(code) ? 'unsent' : 'lost';
  // Without the error itself: what the parser of HTTP throws holds what it could not read.
  return new TransportError(phase, exchange.effect, `${code} from ${origin}`);
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses were tried, and each failed in its own way.
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  return error.name === 'AbortError' ? 'UND_ERR_ABORTED' : error.name;
}
