import type { SecureServerOptions, Settings } from 'node:http2';
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from './server-limits.js';

/**
 * Options for `createServer` and `createSecureServer` of node:http2 that can be said only there, or best: how much memory a
 * session may take, and how many broken frames it may send. Of CONTINUATION frames, which Node shows to nobody, nghttp2 takes
 * eight a head, and of a head no more than is said here.
 */
export function http2ServerOptions(limits: Partial<ServerLimits> = {}): SecureServerOptions {
  const { handshakeMs, headMs, headBytes, streamsAtOnce } = { ...DEFAULT_SERVER_LIMITS, ...limits };
  return {
    settings: http2Settings({ streamsAtOnce, headBytes }),
    // Megabytes. Streams that are at work count with what waits for their clients.
    maxSessionMemory: 10,
    maxHeaderListPairs: 128,
    maxSettings: 32,
    maxOutstandingPings: 10,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    unknownProtocolTimeout: headMs,
    handshakeTimeout: handshakeMs,
  };
}

/** What a server tells its HTTP/2 clients, and holds them to. Nothing is ever pushed, so nobody need be ready for it. */
export function http2Settings({
  streamsAtOnce,
  headBytes,
}: Pick<ServerLimits, 'streamsAtOnce' | 'headBytes'>): Settings {
  return { maxConcurrentStreams: streamsAtOnce, maxHeaderListSize: headBytes, enablePush: false };
}
