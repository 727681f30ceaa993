import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '@gdcloud/core';
import { ConnectionWatch, type Slowness } from './connection-watch.js';
import type { ServerLimits } from './server-limits.js';
import { type SessionEnd, type SessionOffence, SessionWatch } from './session-watch.js';
import { StreamReading } from './stream-reading.js';

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR } = constants;

/** What sessions are guarded with. */
export interface SessionGuardOptions {
  readonly limits: ServerLimits;
  readonly clock: Pick<Clock, 'monotonic' | 'schedule'>;
  /** Told why a stream or a session was ended. */
  readonly count: (reason: Slowness | SessionOffence) => void;
}

interface Guarded {
  readonly socket: Socket;
  readonly watch: SessionWatch;
  readonly streams: Map<
    ServerHttp2Stream,
    { readonly reading: StreamReading; watch: ConnectionWatch }
  >;
  /** When it was told to end, or the last request that was under way then was over; undefined while it may go on. */
  endedAt: number | undefined;
}

/** Looks after the HTTP/2 sessions of a server: what many requests over one connection make possible (security.md T24). */
export class SessionGuard {
  readonly #options: SessionGuardOptions;
  readonly #sessions = new Map<Http2Session, Guarded>();

  constructor(options: SessionGuardOptions) {
    this.#options = options;
  }

  /** Looks after a session from now on. `socket`: what it runs over, which Node lends to nobody. */
  guard(session: Http2Session, socket: Socket): void {
    const { limits, clock } = this.#options;
    if (this.#sessions.size === 0) this.#lookLater();
    const watch = new SessionWatch(limits, clock.monotonic());
    const guarded: Guarded = { socket, watch, streams: new Map(), endedAt: undefined };
    this.#sessions.set(session, guarded);
    // A session that is over may wait for its client to hang up.
    socket.once('close', () => this.#sessions.delete(session));
    const controlFrame = (): void =>
      this.#heed(session, guarded, watch.controlFrame(clock.monotonic()));
    session.on('ping', controlFrame);
    session.on('remoteSettings', controlFrame);
    // Before whoever answers it: what is written at once counts, too.
    session.prependListener('stream', (stream: ServerHttp2Stream) => {
      this.#watch(session, guarded, stream);
    });
  }

  #watch(session: Http2Session, guarded: Guarded, stream: ServerHttp2Stream): void {
    const { limits, clock } = this.#options;
    const { watch, streams } = guarded;
    streams.set(stream, {
      reading: new StreamReading(stream),
      watch: new ConnectionWatch(limits),
    });
    // At once, as thousands may come in what is read at a time. That we give one up ourselves may be of the client's
    // making, too.
    stream.once('aborted', () => this.#heed(session, guarded, watch.reset(clock.monotonic())));
    stream.once('close', () => {
      const now = clock.monotonic();
      streams.delete(stream);
      watch.closed(now);
      if (guarded.endedAt !== undefined) guarded.endedAt = now;
    });
    this.#heed(session, guarded, watch.opened());
  }

  #heed(session: Http2Session, guarded: Guarded, end: SessionEnd | undefined): void {
    if (end === undefined || session.destroyed) return;
    // To be asked to come again is no offence. Who was asked once may still commit one.
    const isOffence = end !== 'spent' && end !== 'idle';
    if (guarded.endedAt !== undefined && !isOffence) return;
    guarded.endedAt = this.#options.clock.monotonic();
    if (!isOffence) {
      // Not while what came is still being read: Node 20 then writes over memory that is not its own.
      setImmediate(() => session.close());
    } else {
      this.#options.count(end);
      // Ended with the code as an error, it would have to be caught at each of its streams.
      session.goaway(NGHTTP2_ENHANCE_YOUR_CALM);
      session.destroy();
    }
  }

  #lookLater(): void {
    const { clock, limits } = this.#options;
    clock.schedule(limits.checkMs, () => {
      const now = clock.monotonic();
      for (const [session, guarded] of this.#sessions) {
        this.#lookAtStreams(guarded, now);
        this.#heed(session, guarded, guarded.watch.look(now));
        this.#hangUp(session, guarded, now);
      }
      if (this.#sessions.size > 0) this.#lookLater();
    });
  }

  #lookAtStreams({ streams }: Guarded, now: number): void {
    for (const [stream, { reading, watch }] of streams) {
      const seen = reading.at(now);
      const slowness = watch.look(seen);
      if (slowness === undefined || stream.closed) continue;
      this.#options.count(slowness);
      // Who has its answer is to keep it, and to send no more (RFC 9113, 8.1).
      stream.close(seen.request?.answer === 'sent' ? NGHTTP2_NO_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
    }
  }

  // Who was told that it is over and does not hang up.
  #hangUp(session: Http2Session, { socket, streams, endedAt }: Guarded, now: number): void {
    if (endedAt === undefined || streams.size > 0) return;
    if (now - endedAt < this.#options.limits.lingerMs) return;
    session.destroy();
    socket.destroy();
  }
}
