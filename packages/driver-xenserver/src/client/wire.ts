import type { Duplex } from 'node:stream';
import type { Clock } from '@gdcloud/core';
import { type Effect, StatusError, TransportError } from './transport-error.js';

/** How calls and answers are written: XML-RPC is for releases before 6.2. */
export type WireFormat = 'json' | 'xml';

/** Where a host takes calls in a format, and what it wants them declared as. */
export const ENDPOINTS: Readonly<
  Record<WireFormat, { readonly path: string; readonly type: string }>
> = {
  json: { path: '/jsonrpc', type: 'application/json' },
  xml: { path: '/', type: 'text/xml' },
};

/** What one request needs besides its body. */
export interface Exchange {
  readonly effect: Effect;
  /** What the body is written in. Default `json`. */
  readonly format?: WireFormat | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds until the answer must be there. */
  readonly timeoutMs: number;
}

/** The way to one XAPI host. */
export interface Wire {
  /** Where it leads: `https://pool.example.com`. */
  readonly origin: string;
  /** Sends one body and returns the answer's, unparsed. Throws {@link TransportError}. */
  post(body: string, exchange: Exchange): Promise<string>;
  /**
   * Asks by HTTP GET for a path (which may hold a session: it is told to nobody else) and returns the answer's body, of
   * `largest` bytes at most. Throws {@link TransportError}. Absent where the way carries calls only.
   */
  get?(path: string, exchange: Exchange & { readonly largest: number }): Promise<string>;
  /**
   * Asks by HTTP CONNECT for a path (which may hold a session: it is told to nobody else) and returns the connection, all
   * bytes of it from the answer's end on. Throws {@link TransportError}. Absent where the way carries calls only.
   */
  tunnel?(path: string, exchange: Exchange): Promise<Duplex>;
  /** Takes no more requests; those under way still get their answers. */
  close(): Promise<void>;
}

/** Makes the way to the host that a URL names. Contacts nobody yet. */
export type Connect = (url: string) => Wire;

/**
 * Sends one request, unless it was given up before. The signal that `send` gets aborts when the request is given up or
 * its time is over; `send` must end then.
 */
export async function withinTime<Answer>(
  clock: Clock,
  exchange: Exchange,
  send: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const { effect, signal, timeoutMs } = exchange;
  if (signal.aborted) {
    throw new TransportError('unsent', effect, 'the call was given up before it was made');
  }
  const abort = new AbortController();
  const giveUp = (): void => abort.abort();
  const cancel = clock.schedule(timeoutMs, giveUp);
  signal.addEventListener('abort', giveUp);
  try {
    return await send(abort.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', giveUp);
  }
}

/** The error of a request that was under way when it was given up or its time was over. */
export function abandoned(origin: string, exchange: Exchange): TransportError {
  const { effect, signal, timeoutMs } = exchange;
  const reason = signal.aborted ? 'the call was given up' : `no answer within ${timeoutMs} ms`;
  return new TransportError('lost', effect, `${reason} from ${origin}`);
}

/** The error of an answer with another HTTP status than 200. */
export function badStatus(origin: string, { effect }: Exchange, status: number): TransportError {
  return new StatusError(effect, status, origin);
}
