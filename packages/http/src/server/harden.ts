import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Http2SecureServer, Http2Server, Http2Session } from 'node:http2';
import type { Server as NetServer, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { type Clock, type Meter, systemClock } from '@gdcloud/core';
import { addressGroup } from '../limits/address-group.js';
import { localAuthority } from '../node/incoming.js';
import { TrustedProxies, type TrustForwarded } from '../request/trusted-proxies.js';
import { ConnectionWatch, type Reading } from './connection-watch.js';
import { http2Settings } from './http2-server-options.js';
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from './server-limits.js';
import { SessionGuard } from './session-guard.js';
import type { SessionOffence } from './session-watch.js';
import { faultOf, type MessageFault, wireAnswer } from './wire-answer.js';

/** What hardening a server takes. */
export interface HardenOptions {
  /** The same that {@link serverOptions} was given. */
  readonly limits?: Partial<ServerLimits> | undefined;
  /** Path under which the API is mounted, for answers to what is no request: `/cloud`. Default: none. */
  readonly prefix?: string | undefined;
  /** As for the API: connections of these proxies are not counted by address. */
  readonly trustForwarded?: TrustForwarded | undefined;
  /** The system's clock by default. */
  readonly clock?: Pick<Clock, 'monotonic' | 'schedule'> | undefined;
}

/** Why a connection, or a stream of it, was ended, or never begun. */
export type EndReason =
  | MessageFault
  | 'handshake'
  | 'slow reader'
  | 'address'
  | 'too many'
  | SessionOffence;

/** What can be looked after: a server of node:http, node:https or node:http2. */
export type HardenedServer = Server | Http2Server | Http2SecureServer;

/** A server that is looked after. */
export interface Hardened {
  /** Counts connections in a meter from now on, and adds those that have been ended before. */
  measure(meter: Meter): void;
}

/**
 * Options for `createServer` of node:http and node:https that can be said only there. `requestTimeout` is none, because it
 * would end uploads that go well: {@link harden} ends those bodies that do not.
 */
export function serverOptions(
  limits: Partial<ServerLimits> = {},
): ServerOptions & { readonly handshakeTimeout: number } {
  const { headMs, handshakeMs, headBytes, keepAliveMs, checkMs } = {
    ...DEFAULT_SERVER_LIMITS,
    ...limits,
  };
  return {
    headersTimeout: headMs,
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkMs,
    maxHeaderSize: headBytes,
    handshakeTimeout: handshakeMs,
  };
}

/**
 * Looks after the connections of a server (security.md T24): ends those that bring a head or a body too slowly, take
 * answers too slowly or are too many, and answers what is no request as the API answers errors. Made with
 * {@link serverOptions}, or `http2ServerOptions` for node:http2, before it listens: `harden(createServer(serverOptions(), api(…)))`.
 * Over HTTP/2 slow streams are reset one by one; a session that floods its server ends with ENHANCE_YOUR_CALM.
 */
export function harden(server: HardenedServer, options: HardenOptions = {}): Hardened {
  return new Guard(server, options);
}

interface Watched {
  readonly watch: ConnectionWatch;
  request: IncomingMessage | undefined;
  response: ServerResponse | undefined;
  state: 'open' | 'ended';
}

class Guard implements Hardened {
  readonly #limits: ServerLimits;
  readonly #prefix: string;
  readonly #proxies: TrustedProxies;
  readonly #clock: Pick<Clock, 'monotonic' | 'schedule'>;
  readonly #watched = new Map<Socket, Watched>();
  readonly #perAddress = new Map<string, number>();
  readonly #ended = new Map<EndReason, number>();
  #count: (reason: EndReason, amount: number) => void = (reason, amount) => {
    this.#ended.set(reason, (this.#ended.get(reason) ?? 0) + amount);
  };

  constructor(server: HardenedServer, options: HardenOptions) {
    this.#limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
    this.#prefix = options.prefix?.replace(/(?<!\/)\/+$/, '') ?? '';
    this.#proxies = new TrustedProxies(options.trustForwarded);
    this.#clock = options.clock ?? systemClock;
    server.maxConnections = this.#limits.connections;
    this.#guardConnections(server);
    if ('updateSettings' in server) this.#guardSessions(server);
    else {
      server.maxRequestsPerSocket = this.#limits.requestsPerConnection;
      this.#noteRequests(server);
    }
  }

  #guardConnections(server: NetServer): void {
    server.on('drop', () => this.#count('too many', 1));
    server.on('connection', (socket) => this.#admit(socket));
    server.on(readyEventOf(server), (socket: Socket) => this.#watch(socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      // Not a message of the client's, but that it is gone.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') socket.destroy();
      // Before TLS has begun nothing can be said over it, and whatever is would wait for ever.
      else if (!this.#watched.has(socket)) this.#destroy(socket, 'handshake');
      else this.#end(socket, faultOf(error.code));
    });
    server.on('close', () => this.#watched.clear());
  }

  #noteRequests(server: NetServer): void {
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      const watched = this.#watched.get(request.socket);
      if (watched === undefined) return;
      watched.request = request;
      watched.response = response;
    });
  }

  #guardSessions(server: Http2Server | Http2SecureServer): void {
    const { headMs, headBytes, keepAliveMs, checkMs, requestsPerConnection } = this.#limits;
    server.updateSettings(http2Settings(this.#limits));
    // What it does with clients of HTTP/1.1 (`allowHTTP1`) it reads here, as node:http would from options.
    Object.assign(server, {
      headersTimeout: headMs,
      requestTimeout: 0,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkMs,
      maxHeaderSize: headBytes,
      maxRequestsPerSocket: requestsPerConnection,
    });
    // One that goes by streams is not to make requests of them for us.
    if (server.listenerCount('request') > 0) this.#noteRequests(server);
    const sessions = new SessionGuard({
      limits: this.#limits,
      clock: this.#clock,
      count: (reason) => this.#count(reason, 1),
    });
    // A session is made by whoever listens to this next, and does not give away what it runs over.
    let arriving: Socket | undefined;
    server.prependListener(readyEventOf(server), (socket: Socket) => {
      arriving = socket;
    });
    server.on('session', (session: Http2Session) => {
      if (arriving !== undefined) sessions.guard(session, arriving);
    });
    server.on('sessionError', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_HTTP2_ERROR') this.#count('malformed', 1);
    });
  }

  measure(meter: Meter): void {
    const ended = meter.counter({
      name: 'gdcloud_http_connections_ended_total',
      help: 'Connections that were ended because of a limit, by what was too much.',
      labels: ['reason'],
    });
    meter.gauge(
      { name: 'gdcloud_http_connections', help: 'Connections that are open.', labels: [] },
      () => [{ labels: {}, value: this.#watched.size }],
    );
    this.#count = (reason, amount) => ended.add({ reason }, amount);
    for (const [reason, amount] of this.#ended) this.#count(reason, amount);
  }

  #admit(socket: Socket): void {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || this.#proxies.believes(remoteAddress)) return;
    const address = addressGroup(remoteAddress);
    const open = this.#perAddress.get(address) ?? 0;
    if (open >= this.#limits.connectionsPerAddress) {
      this.#count('address', 1);
      socket.destroy();
      return;
    }
    this.#perAddress.set(address, open + 1);
    socket.once('close', () => {
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
  }

  #watch(socket: Socket): void {
    if (socket.destroyed) return;
    if (this.#watched.size === 0) this.#lookLater();
    this.#watched.set(socket, {
      watch: new ConnectionWatch(this.#limits),
      request: undefined,
      response: undefined,
      state: 'open',
    });
    socket.once('close', () => this.#watched.delete(socket));
  }

  #lookLater(): void {
    this.#clock.schedule(this.#limits.checkMs, () => {
      for (const [socket, watched] of this.#watched) {
        const slowness = watched.watch.look(this.#readingOf(socket, watched));
        if (slowness === 'slow reader') this.#destroy(socket, slowness);
        else if (slowness !== undefined) this.#end(socket, slowness);
      }
      if (this.#watched.size > 0) this.#lookLater();
    });
  }

  #readingOf(socket: Socket, { request, response }: Watched): Reading {
    const bytesWaiting = socket.writableLength;
    return {
      now: this.#clock.monotonic(),
      bytesRead: socket.bytesRead,
      bytesTaken: socket.bytesWritten - bytesWaiting,
      bytesWaiting,
      request:
        request === undefined
          ? undefined
          : {
              body: request.complete ? 'whole' : request.readableLength > 0 ? 'waiting' : 'coming',
              answer: response?.writableFinished === true ? 'sent' : 'open',
            },
    };
  }

  #end(socket: Socket, fault: MessageFault): void {
    const watched = this.#watched.get(socket);
    if (watched?.state === 'ended') return;
    if (!socket.writable || isAnswering(watched)) {
      this.#destroy(socket, fault);
      return;
    }
    if (watched !== undefined) watched.state = 'ended';
    this.#count(fault, 1);
    const scheme = 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';
    const base = `${scheme}://${localAuthority(socket)}${this.#prefix}`;
    socket.end(wireAnswer(fault, base), () => socket.destroy());
  }

  #destroy(socket: Socket, reason: EndReason): void {
    const watched = this.#watched.get(socket);
    // What was ended before may still wait for its last answer to be taken.
    if (watched?.state !== 'ended') this.#count(reason, 1);
    if (watched !== undefined) watched.state = 'ended';
    socket.destroy();
  }
}

// What has begun to be answered can't be answered once more.
function isAnswering(watched: Watched | undefined): boolean {
  const { request, response } = watched ?? {};
  if (response === undefined || !response.headersSent) return false;
  return !response.writableFinished || request?.complete !== true;
}

// From when on what comes is HTTP.
function readyEventOf(server: NetServer): 'connection' | 'secureConnection' {
  return server instanceof TlsServer ? 'secureConnection' : 'connection';
}
