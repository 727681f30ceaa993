import type { Cancel, Clock } from '../../ports/clock.js';
import { Contact } from './contact.js';
import type { ZookeeperClient } from './zookeeper-client.js';

/** Questions in a session time, so that a silent server is noticed long before two thirds of it. */
const BEATS = 6;

/** A session: what is asked within it, and how long it is certain to live. */
export class LiveSession {
  readonly client: ZookeeperClient;
  /** In hex, as `ephemeralOwner` of its nodes. */
  readonly id: string;
  /** What the server granted; milliseconds. */
  readonly timeoutMs: number;
  readonly #contact: Contact;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #connected: 'yes' | 'no' = 'yes';
  #beat: Cancel | undefined;
  #reconnects: (() => void)[] = [];

  /** `askedAt`: when the client began to connect, monotonic. */
  constructor(client: ZookeeperClient, clock: Clock, askedAt: number) {
    this.client = client;
    this.id = client.sessionId;
    this.timeoutMs = client.timeoutMs;
    this.#clock = clock;
    this.#contact = new Contact(clock, this.timeoutMs, askedAt);
    this.#ask();
  }

  /** Aborts as soon as the session is not certain to live; see {@link Contact}. */
  get signal(): AbortSignal {
    return this.#contact.signal;
  }

  /** How long it lives yet, at the least; milliseconds. See {@link Contact}. */
  get remainingMs(): number {
    return this.#contact.remainingMs;
  }

  /** Aborts when the session is over for good. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether a lock may be given on it now: a server is in sight and the session certain to live. */
  get isUsable(): boolean {
    return this.#connected === 'yes' && this.#contact.isCertain;
  }

  /** Resolves when a server is in sight, or the session over. */
  async inSight(): Promise<void> {
    if (this.#connected === 'yes' || this.over.aborted) return;
    await new Promise<void>((resolve) => this.#reconnects.push(resolve));
  }

  /** A server has answered what was asked at this monotonic moment. */
  answered(askedAt: number): void {
    this.#contact.answered(askedAt);
  }

  /** The server is out of sight. What is held stays held until the contact's time is up. */
  suspended(): void {
    this.#connected = 'no';
  }

  /** A server is in sight again, asked for at this monotonic moment, and the session has outlived its absence. */
  resumed(askedAt: number): void {
    this.#contact.answered(askedAt);
    this.#connected = 'yes';
    this.#ask();
    this.#tell();
  }

  /** The session is over: every signal aborts. */
  end(why: string): void {
    this.#beat?.();
    this.#connected = 'no';
    this.#contact.end(why);
    this.#over.abort(new Error(why));
    this.#tell();
  }

  #tell(): void {
    const waiting = this.#reconnects;
    this.#reconnects = [];
    for (const resolve of waiting) resolve();
  }

  #ask(): void {
    this.#beat?.();
    if (this.over.aborted) return;
    // The answer is noted where all are; what fails says nothing.
    if (this.#connected === 'yes') this.client.exists('/').catch(() => undefined);
    this.#beat = this.#clock.schedule(this.timeoutMs / BEATS, () => this.#ask());
  }
}
