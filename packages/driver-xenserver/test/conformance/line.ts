import { setMaxListeners } from 'node:events';
import type { DriverProcess } from '@gdcloud/core/testing';
import { type Connect, type Exchange, TransportError, type Wire } from '@gdcloud/driver-xenserver';
import type { SimulatedPool } from '@gdcloud/driver-xenserver/simulator';
import { methodIn, refusal } from '../spoken.js';

/** Part of every session id that a driver gets to see, so that one can be found where it must not be. */
export const SESSION_MARK = 'known-to-nobody-';

/** Hears of every request that goes over a line, in their order. */
export type Hear = (body: string) => void;

type Post = Wire['post'];

/** The network between drivers and a simulated pool: it can be cut, and each call over it is an I/O point of the kit's. */
export class Line {
  readonly #pool: SimulatedPool;
  readonly #hear: Hear;
  #cut = new AbortController();

  constructor(pool: SimulatedPool, hear: Hear) {
    this.#pool = pool;
    this.#hear = hear;
    setMaxListeners(0, this.#cut.signal);
  }

  /** Breaks all connections; there are no new ones until {@link mend}. */
  cut(): void {
    this.#cut.abort();
  }

  /** As after a failure of the master: all sessions are gone. */
  mend(): void {
    this.#cut = new AbortController();
    setMaxListeners(0, this.#cut.signal);
    for (const { ref } of this.#pool.rows.list('session')) {
      this.#pool.rows.destroy('session', ref);
    }
  }

  /** The way to the pool as one process has it. An I/O point is called by its XAPI method: `xapi.VM.start_on`. */
  connectFor(process: DriverProcess): Connect {
    return (url) => {
      const wire = this.#pool.connect(url);
      const door = process.io('xapi', this.#doors(wire));
      return {
        origin: wire.origin,
        post: async (body, exchange) => {
          try {
            return (await door[methodIn(body)]?.(body, exchange)) ?? '';
          } catch (error) {
            return answerTo(error, exchange);
          }
        },
        close: () => wire.close(),
      };
    };
  }

  #doors(wire: Wire): Readonly<Record<string, Post>> {
    const post: Post = async (body, exchange) => {
      this.#hear(body);
      const answer = await this.#carry(exchange, () =>
        wire.post(body.replaceAll(SESSION_MARK, ''), exchange),
      );
      const tellsSession =
        methodIn(body) === 'session.login_with_password' || answer.includes('SESSION_INVALID');
      return tellsSession ? answer.replace('OpaqueRef:', `OpaqueRef:${SESSION_MARK}`) : answer;
    };
    return new Proxy<Record<string, Post>>({}, { get: () => post });
  }

  async #carry({ effect }: Exchange, send: () => Promise<string>): Promise<string> {
    const { signal } = this.#cut;
    if (signal.aborted) throw new TransportError('unsent', effect, 'nobody listens');
    let broken = (): void => undefined;
    const breaking = new Promise<never>((_, reject) => {
      broken = () => reject(new TransportError('lost', effect, 'the connection broke'));
      signal.addEventListener('abort', broken);
    });
    try {
      return await Promise.race([send(), breaking]);
    } finally {
      signal.removeEventListener('abort', broken);
    }
  }
}

/** What the doors throw when the pool refuses a call before it carries it out: one that is overloaded does that. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

// What the doors throw as a real wire would tell it.
function answerTo(error: unknown, exchange: Exchange): string {
  const { effect, signal } = exchange;
  if (error instanceof TransportError) throw error;
  if (!(error instanceof Refusal)) {
    const message = signal.aborted ? 'the call was given up' : 'no answer';
    throw new TransportError('lost', effect, message, error);
  }
  if (effect === 'read') throw new TransportError('unsent', effect, 'nobody listens');
  return refusal('TOO_MANY_PENDING_TASKS', exchange);
}
