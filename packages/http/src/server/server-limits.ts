import type { Rate } from '../limits/bucket.js';

/** How much of a server connections may take that ask slowly, for too much, or for nothing. */
export interface ServerLimits {
  /** How long the head of a request may take, from the beginning of the connection; milliseconds. Default 10,000. */
  readonly headMs: number;
  /** How long a TLS handshake may take; milliseconds. Default 10,000. */
  readonly handshakeMs: number;
  /** Bytes of all headers together. Default 16 KiB. */
  readonly headBytes: number;
  /** How long a connection may be silent between requests; milliseconds. Default 5,000. */
  readonly keepAliveMs: number;
  /** Requests of one connection; over HTTP/2 those that are under way are still answered. Default 1,000. */
  readonly requestsPerConnection: number;
  /** How long a body may bring less than {@link bodyBytesPerSecond}, on the average; milliseconds. Default 60,000. */
  readonly stallMs: number;
  /** What a body brings at least, as long as it is read. Default 1 KiB. */
  readonly bodyBytesPerSecond: number;
  /** How long a body may go on that was answered before its end; milliseconds. Default 10,000. */
  readonly lingerMs: number;
  /** How long a client may take to take what was written at once; milliseconds. Default 60,000. */
  readonly writeMs: number;
  /** How often connections are looked at; milliseconds. Default 5,000. */
  readonly checkMs: number;
  /** Connections at a time. Default 10,000. */
  readonly connections: number;
  /** Connections from one address, or from one IPv6 network of 64 bits, at a time. Default 500. */
  readonly connectionsPerAddress: number;
  /** Requests of an HTTP/2 session at a time; more are refused one by one. Default 100. */
  readonly streamsAtOnce: number;
  /** How long an HTTP/2 session may have no request; milliseconds. Default 60,000: browsers keep theirs. */
  readonly idleSessionMs: number;
  /** Requests of an HTTP/2 session that are given up before they are answered. Default 100 at once, 10 a second. */
  readonly resets: Rate;
  /** PING and SETTINGS frames of an HTTP/2 session. Default 100 at once, 10 a second. */
  readonly controlFrames: Rate;
}

/** What holds where nothing is given. */
export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  headMs: 10_000,
  handshakeMs: 10_000,
  headBytes: 16 * 1024,
  keepAliveMs: 5_000,
  requestsPerConnection: 1_000,
  stallMs: 60_000,
  bodyBytesPerSecond: 1_024,
  lingerMs: 10_000,
  writeMs: 60_000,
  checkMs: 5_000,
  connections: 10_000,
  connectionsPerAddress: 500,
  streamsAtOnce: 100,
  idleSessionMs: 60_000,
  resets: { perSecond: 10, burst: 100 },
  controlFrames: { perSecond: 10, burst: 100 },
};
