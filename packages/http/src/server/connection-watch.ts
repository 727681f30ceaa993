import type { ServerLimits } from './server-limits.js';

/** A connection as it is at one moment. Times are milliseconds that only grow. */
export interface Reading {
  readonly now: number;
  /** Bytes that have come, of heads and bodies. */
  readonly bytesRead: number;
  /** Bytes that the client has taken. */
  readonly bytesTaken: number;
  /** Bytes that wait for the client to take them. */
  readonly bytesWaiting: number;
  readonly request: RequestReading | undefined;
}

/** The last request of a connection. */
export interface RequestReading {
  /** `coming`: its body is under way. `waiting`: we read none of it now, whatever comes. */
  readonly body: 'coming' | 'waiting' | 'whole';
  readonly answer: 'open' | 'sent';
}

/** Why a connection is ended. */
export type Slowness = 'slow body' | 'slow reader';

/** Judges one connection by what it does between two looks. Knows no sockets. */
export class ConnectionWatch {
  readonly #limits: ServerLimits;
  #read: Mark | undefined;
  #taken: Mark | undefined;
  #answeredAt: number | undefined;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /** Looks at the connection once more; undefined while it may go on. */
  look(reading: Reading): Slowness | undefined {
    return this.#slowReader(reading) ?? this.#slowBody(reading);
  }

  // Whatever is written at once is taken whole in time; how long all of it takes is the client's business.
  #slowReader({ now, bytesTaken, bytesWaiting }: Reading): Slowness | undefined {
    if (bytesWaiting === 0) {
      this.#taken = undefined;
      return undefined;
    }
    if (this.#taken?.bytes !== bytesTaken) this.#taken = { bytes: bytesTaken, at: now };
    return now - this.#taken.at >= this.#limits.writeMs ? 'slow reader' : undefined;
  }

  #slowBody({ now, bytesRead, request }: Reading): Slowness | undefined {
    const { stallMs, lingerMs, bodyBytesPerSecond } = this.#limits;
    if (request === undefined || request.body === 'whole') {
      this.#read = undefined;
      this.#answeredAt = undefined;
      return undefined;
    }
    if (request.answer === 'sent') {
      this.#answeredAt ??= now;
      return now - this.#answeredAt >= lingerMs ? 'slow body' : undefined;
    }
    // Who reads slowly here is we: a share that is slow makes nobody a slow sender.
    if (request.body === 'waiting' || this.#read === undefined) {
      this.#read = { bytes: bytesRead, at: now };
      return undefined;
    }
    const ms = now - this.#read.at;
    if (ms < stallMs) return undefined;
    if (bytesRead - this.#read.bytes < (bodyBytesPerSecond * ms) / 1_000) return 'slow body';
    this.#read = { bytes: bytesRead, at: now };
    return undefined;
  }
}

interface Mark {
  readonly bytes: number;
  readonly at: number;
}
