import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { asFence, type Lease, type LockService, PortUnavailable } from '@gdcloud/core';
import type { LockAnswer, LockRequest } from './lock-server.js';

/** Questions in a session's time. */
const BEATS = 6;

/** The lock service of one process, by a {@link LockServer}'s socket. Certainty ends after two thirds of the session, as with ZooKeeper. */
export class SocketLocks implements LockService {
  readonly #socket: Socket;
  readonly #sessionMs: number;
  readonly #session = randomUUID();
  readonly #asked = new Map<
    number,
    { readonly at: number; readonly tell: (text: string | null) => void }
  >();
  #count = 0;
  #lastAsked = performance.now();
  #certain = new AbortController();

  constructor(path: string, sessionMs: number) {
    this.#sessionMs = sessionMs;
    this.#socket = connect(path);
    this.#socket.on('error', () => {});
    createInterface({ input: this.#socket })
      .on('error', () => {})
      .on('line', (line) => this.#heard(JSON.parse(line)));
    setInterval(() => this.#send('beat', '', () => {}), sessionMs / BEATS);
    setInterval(() => this.#check(), 10);
  }

  async tryAcquire(key: string): Promise<Lease | undefined> {
    const { signal } = this.#certain;
    const token = await this.#ask('take', key);
    if (token === null) return undefined;
    let held: 'yes' | 'no' = 'yes';
    return {
      fence: asFence(token),
      signal,
      remainingMs: () => (held === 'yes' && !signal.aborted ? this.#remainingMs : 0),
      release: async () => {
        if (held === 'yes') await this.#ask('release', key).catch(() => {});
        held = 'no';
      },
    };
  }

  async holder(key: string) {
    const owner = await this.#ask('holder', key);
    return owner === null ? undefined : { owner };
  }

  get #remainingMs(): number {
    return Math.max(0, this.#sessionMs - (performance.now() - this.#lastAsked));
  }

  async #ask(deed: LockRequest['deed'], key: string): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(unavailable()), this.#sessionMs);
      this.#send(deed, key, (text) => {
        clearTimeout(limit);
        resolve(text);
      });
    });
  }

  #send(deed: LockRequest['deed'], key: string, tell: (text: string | null) => void): void {
    this.#count += 1;
    const request: LockRequest = { id: this.#count, session: this.#session, deed, key };
    this.#asked.set(request.id, { at: performance.now(), tell });
    this.#socket.write(`${JSON.stringify(request)}\n`);
  }

  #heard({ id, text }: LockAnswer): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (asked === undefined) return;
    this.#check();
    this.#lastAsked = Math.max(this.#lastAsked, asked.at);
    if (this.#certain.signal.aborted && this.#remainingMs > this.#sessionMs / 3) {
      this.#certain = new AbortController();
    }
    asked.tell(text);
  }

  #check(): void {
    if (this.#remainingMs <= this.#sessionMs / 3) this.#certain.abort(unavailable());
  }
}

function unavailable(): PortUnavailable {
  return new PortUnavailable('locks', 'the lock service is silent', {
    remedy: 'It is asked again by itself.',
  });
}
