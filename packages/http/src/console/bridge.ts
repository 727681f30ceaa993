import type { Duplex } from 'node:stream';
import type { Cancel, Clock } from '@gdcloud/core';
import { createWebSocketStream, type WebSocket } from 'ws';
import type { BridgeLimits } from './bridge-limits.js';

/** The two ends of a console. */
export interface Ends {
  readonly socket: WebSocket;
  readonly stream: Duplex;
  /** Ends it when it aborts. */
  readonly revoked: AbortSignal;
}

/** How much of either direction waits here at most, in bytes; then the faster side is read no further. */
const BUFFERED = 256 * 1024;

/** Codes of RFC 6455 with which we close. */
const CLOSED = { goingAway: 1001, policy: 1008 } as const;

/**
 * Carries bytes both ways between a client and a console until either ends it or a limit does. A side that reads slowly
 * slows the other down: nothing piles up here. `ended` is called once, when nothing of it is left.
 */
export function bridge(
  { socket, stream, revoked }: Ends,
  limits: BridgeLimits,
  clock: Clock,
  ended: () => void,
): void {
  const client = createWebSocketStream(socket, { highWaterMark: BUFFERED });
  const timers = new Set<Cancel>();
  const after = (ms: number, fire: () => void): void => {
    const cancel = clock.schedule(ms, () => {
      timers.delete(cancel);
      fire();
    });
    timers.add(cancel);
  };
  const end = (code: number, reason: string): void => {
    socket.close(code, reason);
    stream.destroy();
  };

  let lastByte = clock.monotonic();
  const heard = (): void => {
    lastByte = clock.monotonic();
  };
  const watchIdle = (ms: number): void => {
    after(ms, () => {
      const left = limits.idleMs - (clock.monotonic() - lastByte);
      if (left <= 0) end(CLOSED.policy, 'nothing was said for too long');
      else watchIdle(left);
    });
  };
  let alive: 'yes' | 'asked' = 'yes';
  socket.on('pong', () => {
    alive = 'yes';
  });
  const beat = (): void => {
    after(limits.heartbeatMs, () => {
      if (alive === 'asked') {
        socket.terminate();
        return;
      }
      alive = 'asked';
      socket.ping();
      beat();
    });
  };
  const revoke = (): void => end(CLOSED.policy, 'the console is closed');

  after(limits.totalMs, () => end(CLOSED.policy, 'the console was open long enough'));
  watchIdle(limits.idleMs);
  beat();
  revoked.addEventListener('abort', revoke);
  client.on('data', heard).pipe(stream);
  stream.on('data', heard).pipe(client);
  // An error of either side says no more than that it has ended, and its end follows.
  client.on('error', () => undefined);
  stream.on('error', () => undefined);
  stream.once('close', () => {
    socket.close(CLOSED.goingAway, 'the console has ended');
    // What the client still says is for nobody, and its goodbye comes after it.
    client.resume();
  });
  socket.once('close', () => {
    for (const cancel of timers) cancel();
    revoked.removeEventListener('abort', revoke);
    stream.destroy();
    client.destroy();
    ended();
  });
  if (revoked.aborted) revoke();
}
