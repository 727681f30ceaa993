import { type Duplex, duplexPair } from 'node:stream';
import type { Clock, Random } from '@gdcloud/core';
import { join } from '../client/join.js';
import { TransportError } from '../client/transport-error.js';
import {
  abandoned,
  badStatus,
  type Connect,
  ENDPOINTS,
  type Exchange,
  type Wire,
  withinTime,
} from '../client/wire.js';
import { openScreen } from './console/open-screen.js';
import type { DiskFiles } from './disk-files.js';
import { answer } from './http-answer.js';
import type { HttpRequest } from './http-request.js';
import { MachineRoom } from './machine-room.js';
import { measure } from './measurements.js';
import { type PoolOptions, settingsOf } from './options.js';
import { Pool } from './pool.js';
import { PoolRows } from './pool-rows.js';
import { REPOSITORY } from './seed.js';

/** A name that nobody has: what is asked for there never leaves the process. */
const URL_OF_ALL = 'http://pool.invalid';

/** How a pool in this process is made. */
export interface SimulatedPoolOptions extends PoolOptions {
  /** All of the pool's time: latencies, deadlines, stamps. */
  readonly clock: Clock;
  /** All of the pool's chance: references, uuids, MAC addresses. */
  readonly random: Random;
  /**
   * What its storage repository shows when it is scanned, instead of a folder. Without either, disks are rows only and
   * a scan finds nothing new.
   */
  readonly files?: DiskFiles | undefined;
}

/** A pool in this process, without sockets and timers of its own. */
export interface SimulatedPool {
  /** For the driver's options; {@link connect} takes any. */
  readonly url: string;
  /** The name of its only user. */
  readonly username: string;
  readonly password: string;
  /** Label of its storage repository. */
  readonly storageRepository: string;
  /** For the driver's ports: every wire leads here, and answers what the pool would answer over HTTP. */
  readonly connect: Connect;
  readonly rows: PoolRows;
  /** What guests and hosts do by themselves. */
  readonly machines: MachineRoom;
  /** Ends it like a kill: open calls are cut off, and later ones find nobody. May be called twice. */
  close(): void;
}

/**
 * Makes a simulated XenServer pool in this process. All that moves in it comes from `clock`, `random`, `files` and the
 * calls: the same of all of them give the same answers, byte by byte. A storage folder's own timing breaks that.
 */
export function simulatedPool(options: SimulatedPoolOptions): SimulatedPool {
  const settings = settingsOf(options);
  const pool = new Pool(settings, options);
  pool.listenAt(URL_OF_ALL);
  return {
    url: URL_OF_ALL,
    username: 'root',
    password: settings.password,
    storageRepository: REPOSITORY,
    connect: (url) => new PoolWire(pool, new URL(url).origin),
    rows: new PoolRows(pool),
    machines: new MachineRoom(pool),
    close: () => pool.close(),
  };
}

class PoolWire implements Wire {
  readonly origin: string;
  readonly #pool: Pool;
  #closed = false;

  constructor(pool: Pool, origin: string) {
    this.#pool = pool;
    this.origin = origin;
  }

  async post(body: string, exchange: Exchange): Promise<string> {
    const { clock, closing } = this.#pool;
    return withinTime(clock, exchange, async (signal) => {
      if (this.#closed || closing.signal.aborted) throw this.#broken('unsent', exchange);
      const response = await join(
        join(answer(this.#pool, requestOf(body, exchange)), signal, () =>
          abandoned(this.origin, exchange),
        ),
        closing.signal,
        () => this.#broken('lost', exchange),
      );
      if (response.status === 200) return response.body;
      throw badStatus(this.origin, exchange, response.status);
    });
  }

  async get(path: string, exchange: Exchange): Promise<string> {
    if (this.#closed || this.#pool.closing.signal.aborted) throw this.#broken('unsent', exchange);
    const measured = measure(this.#pool, path);
    if (measured.status === 200) return measured.body;
    throw badStatus(this.origin, exchange, measured.status);
  }

  async tunnel(path: string, exchange: Exchange): Promise<Duplex> {
    if (this.#closed || this.#pool.closing.signal.aborted) throw this.#broken('unsent', exchange);
    const opened = openScreen(this.#pool, path);
    if (opened.status !== 200) throw badStatus(this.origin, exchange, opened.status);
    const [ours, theirs] = duplexPair();
    ours.once('close', () => theirs.destroy());
    theirs.once('close', () => ours.destroy());
    opened.serve(theirs);
    return ours;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #broken(phase: 'unsent' | 'lost', { effect }: Exchange): TransportError {
    const what = phase === 'unsent' ? 'nobody listens' : 'the connection broke';
    return new TransportError(phase, effect, `${what} at ${this.origin}`);
  }
}

function requestOf(body: string, { format = 'json', headers }: Exchange): HttpRequest {
  return { method: 'POST', path: ENDPOINTS[format].path, headers: lowerCase(headers), body };
}

function lowerCase(headers: Exchange['headers']): Exchange['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
