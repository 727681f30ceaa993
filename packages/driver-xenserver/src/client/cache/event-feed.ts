import type { Clock } from '@gdcloud/core';
import type { EventBatch, EventRecord } from '../../datamodel/event-batch.js';
import { pause } from '../../pause.js';
import type { Xapi } from '../xapi.js';
import { type EventSource, eventQueue, eventsFrom, isUnknownCall } from './event-source.js';
import type { CachedClass, PoolCache } from './pool-cache.js';

/** Hears what the feed hears. */
export interface EventListener {
  /** A complete list of all objects begins: what was known before is void. */
  listed(events: readonly EventRecord[]): void;
  /** Changes since then. */
  changed(events: readonly EventRecord[]): void;
}

const RETRY_PAUSE_MS = 1_000;
const INJECT_TIMEOUT_MS = 2_000;
/** A class that never counts right is listed anew at most this often. */
const RELIST_PAUSE_MS = 5_000;
/** An answer without events that comes faster than this is no wait that ran out. */
const SHORTEST_WAIT_MS = 50;

/**
 * Follows the pool's events and keeps the cache in sync, as long as it runs. After anything that may have lost events
 * everything is listed anew: a new session, a token that the pool does not take or that goes back, an error.
 */
export class EventFeed {
  readonly #xapi: Xapi;
  readonly #cache: PoolCache;
  readonly #clock: Clock;
  readonly #relisted = new Map<CachedClass, number>();
  /** Called after each answer. */
  readonly #waiting = new Set<(token: string) => void>();
  #source: EventSource;
  /** Whether the pool has a call that makes an event. */
  #injects = true;
  #token = '';

  constructor(xapi: Xapi, cache: PoolCache, clock: Clock) {
    this.#xapi = xapi;
    this.#cache = cache;
    this.#clock = clock;
    this.#source = eventsFrom(xapi);
  }

  /** Runs until `signal` aborts. Never rejects. */
  async run(listener: EventListener, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#follow(listener, signal);
      } catch (error) {
        this.#lose();
        // Which it is may change with the master.
        this.#source = isUnknownCall(error) ? eventQueue(this.#xapi) : eventsFrom(this.#xapi);
        this.#injects = true;
        const wait =
          error instanceof Restart || isUnknownCall(error) ? SHORTEST_WAIT_MS : RETRY_PAUSE_MS;
        await pause(this.#clock, wait, signal);
      }
    }
    this.#lose();
  }

  /**
   * Resolves once the cache shows the pool as it is after this call, true; or false when that can't be had in
   * time and the pool has to be asked. The pool touches an object for it, so that there is an event to wait for.
   */
  async barrier(signal: AbortSignal): Promise<boolean> {
    const [pool] = this.#cache.all('pool') ?? [];
    if (pool === undefined) return false;
    try {
      if (!this.#injects) return await this.#poll(signal);
      const options = { signal, timeoutMs: INJECT_TIMEOUT_MS };
      const token = await this.#xapi.read('event.inject', ['pool', pool[0]], options);
      return await this.#reaches(token, signal);
    } catch (error) {
      if (isUnknownCall(error)) this.#injects = false;
      return false;
    }
  }

  /** XenServer 6.0 can't be made to tell, but asked what there is to tell at once. */
  async #poll(signal: AbortSignal): Promise<boolean> {
    const asked = this.#cache.moments.next();
    const { login } = this.#xapi;
    const batch = await this.#source.poll(this.#token, signal);
    if (batch === undefined || this.#xapi.login !== login || batch.token < this.#token)
      return false;
    this.#cache.hear(batch, asked);
    return this.#cache.inSync;
  }

  async #follow(listener: EventListener, signal: AbortSignal): Promise<void> {
    const before = this.#xapi.login;
    const asked = this.#cache.moments.next();
    const batch = await this.#source.first(signal);
    const { login } = this.#xapi;
    if (before !== 0 && login !== before) throw new Restart();
    this.#cache.restart(batch, asked);
    listener.listed(batch.events);
    this.#reach(batch.token);
    const renewed = new AbortController();
    // Whoever logs in anew may be at another master. The old one's connection can stay silent for long.
    const stop = this.#xapi.onLogin(() => {
      this.#lose();
      renewed.abort();
    });
    try {
      await this.#continue(listener, AbortSignal.any([signal, renewed.signal]));
    } catch (error) {
      throw renewed.signal.aborted ? new Restart() : error;
    } finally {
      stop();
    }
  }

  async #continue(listener: EventListener, signal: AbortSignal): Promise<void> {
    const { login } = this.#xapi;
    while (!signal.aborted) {
      const since = this.#cache.moments.next();
      const begun = this.#clock.monotonic();
      const next = await this.#source.next(this.#token, signal);
      // In a new session, or with an older database, the token means nothing.
      if (this.#xapi.login !== login || next.token < this.#token) throw new Restart();
      this.#cache.hear(next, since);
      listener.changed(next.events);
      this.#reach(next.token);
      await this.#recount(next, since, listener, signal);
      const idle = next.events.length === 0 && this.#clock.monotonic() - begun < SHORTEST_WAIT_MS;
      if (idle) await pause(this.#clock, SHORTEST_WAIT_MS, signal);
    }
  }

  async #recount(
    { valid_ref_counts: counts }: EventBatch,
    asked: number,
    listener: EventListener,
    signal: AbortSignal,
  ): Promise<void> {
    const now = this.#clock.monotonic();
    const wrong = this.#cache
      .recount(counts, asked)
      .filter((name) => now - (this.#relisted.get(name) ?? -RELIST_PAUSE_MS) >= RELIST_PAUSE_MS);
    for (const name of wrong) {
      this.#relisted.set(name, now);
      const since = this.#cache.moments.next();
      const list = await this.#source.list(name, signal);
      if (list === undefined) throw new Restart();
      this.#cache.relist(name, list.events, since);
      listener.changed(list.events);
    }
  }

  /** Tokens compare as texts. */
  #reaches(token: string, signal: AbortSignal): Promise<boolean> {
    if (this.#token >= token) return Promise.resolve(this.#cache.inSync);
    return new Promise((resolve) => {
      const end = (reached: boolean): void => {
        this.#waiting.delete(hear);
        signal.removeEventListener('abort', leave);
        cancel();
        resolve(reached);
      };
      const hear = (at: string): void => {
        if (at === '' || at >= token) end(at !== '');
      };
      const leave = (): void => end(false);
      const cancel = this.#clock.schedule(INJECT_TIMEOUT_MS, leave);
      this.#waiting.add(hear);
      signal.addEventListener('abort', leave);
    });
  }

  #reach(token: string): void {
    this.#token = token;
    for (const hear of this.#waiting) hear(token);
  }

  #lose(): void {
    this.#cache.lose();
    this.#reach('');
  }
}

/** Everything has to be listed anew, though nothing failed. */
class Restart extends Error {
  override readonly name = 'Restart';
}
