import { PortUnavailable } from '../../model/errors.js';
import type { Session } from './session-pool.js';

/** How many more must be waiting for one connection before another one is taken. */
const MANY = 32;

interface Slot<S> {
  opening: Promise<S> | undefined;
  session: S | undefined;
  inUse: number;
}

/**
 * A few connections that everybody uses at the same time, for statements that wait for nobody and leave nothing behind.
 * Each is opened when it is first needed, and again after it broke.
 */
export class SharedSessions<S extends Session> {
  readonly #open: () => Promise<S>;
  readonly #slots: readonly Slot<S>[];
  #closed: 'yes' | 'no' = 'no';

  /** `open` throws PortUnavailable when there is no connection to be had. */
  constructor(open: () => Promise<S>, count: number) {
    this.#open = open;
    this.#slots = Array.from({ length: count }, () => ({
      opening: undefined,
      session: undefined,
      inUse: 0,
    }));
  }

  /** Runs `work` with a connection that others use too. */
  async with<Result>(work: (session: S) => Promise<Result>): Promise<Result> {
    const slot = this.#leastUsed();
    slot.inUse += 1;
    try {
      return await work(this.#usable(slot) ?? (await this.#opened(slot)));
    } finally {
      slot.inUse -= 1;
    }
  }

  /** Closes them; whoever asks from now on is refused. */
  close(): void {
    this.#closed = 'yes';
    for (const { session } of this.#slots) session?.close();
  }

  #leastUsed(): Slot<S> {
    const [first, ...others] = this.#slots;
    if (first === undefined) throw new TypeError('at least one connection is needed');
    // The first as long as few wait there: what goes out together costs less.
    return others.reduce((least, slot) => (slot.inUse + MANY < least.inUse ? slot : least), first);
  }

  #usable({ session }: Slot<S>): S | undefined {
    return session?.state === 'usable' ? session : undefined;
  }

  #opened(slot: Slot<S>): Promise<S> {
    if (this.#closed === 'yes') {
      return Promise.reject(
        new PortUnavailable('store', 'the database was closed', {
          remedy: 'Open another connection.',
        }),
      );
    }
    slot.opening ??= this.#open()
      .then((session) => {
        slot.session = session;
        if (this.#closed === 'yes') session.close();
        return session;
      })
      .finally(() => {
        slot.opening = undefined;
      });
    return slot.opening;
  }
}
