import { buildConnector, Pool } from 'undici';
import { connectorOptions, type TlsOptions, verifyFingerprint } from './tls.js';
import { type Effect, TransportError } from './transport-error.js';

/** What one request needs besides its body. */
export interface Exchange {
  readonly effect: Effect;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds until the answer must be there. */
  readonly timeoutMs: number;
}

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

/** Connections to one XAPI host. Opens none before the first request, and holds no process open. */
export class Connection {
  readonly origin: string;
  readonly #pool: Pool;

  constructor(url: string, tls: TlsOptions | undefined) {
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

  /** Sends one JSON body and returns the answer's, unparsed. Throws {@link TransportError}. */
  async post(body: string, exchange: Exchange): Promise<string> {
    const { effect, signal, timeoutMs } = exchange;
    if (signal.aborted) {
      throw new TransportError('unsent', effect, 'the call was given up before it was made');
    }
    const abort = new AbortController();
    const giveUp = (): void => abort.abort();
    const timer = setTimeout(giveUp, timeoutMs);
    signal.addEventListener('abort', giveUp);
    try {
      return await this.#send(body, exchange, abort.signal);
    } catch (error) {
      throw error instanceof TransportError ? error : transportError(error, this.origin, exchange);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
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
    const phase = response.statusCode >= 500 ? 'lost' : 'unsent';
    const message = `HTTP status ${response.statusCode} from ${this.origin}`;
    throw new TransportError(phase, exchange.effect, message);
  }

  /** Takes no more requests and closes the connections when the open ones are answered. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

function transportError(error: unknown, origin: string, exchange: Exchange): TransportError {
  const { effect, signal, timeoutMs } = exchange;
  const code = errorCode(error);
  if (UNSENT.has(code))
    return new TransportError('unsent', effect, `${code} from ${origin}`, error);
  if (code !== 'UND_ERR_ABORTED') {
    return new TransportError('lost', effect, `${code} from ${origin}`, error);
  }
  const reason = signal.aborted ? 'the call was given up' : `no answer within ${timeoutMs} ms`;
  return new TransportError('lost', effect, `${reason} from ${origin}`);
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses were tried, and each failed in its own way.
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  return error.name === 'AbortError' ? 'UND_ERR_ABORTED' : error.name;
}
