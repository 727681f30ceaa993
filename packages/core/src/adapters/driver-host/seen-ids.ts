import { CLOCK_TOLERANCE } from './envelope.js';

/** Two windows: a message may have been sent by a clock that is ahead by one, and is timely for one more. */
const REMEMBERED = 2 * CLOCK_TOLERANCE + 10_000;
const MOST = 50_000;

/** Remembers which messages were heard for as long as they could be taken for timely. */
export class SeenIds {
  readonly #heard = new Map<string, number>();

  /** Whether this one is new. `now` is monotonic. Of very many the oldest is forgotten: these messages only inform. */
  add(id: string, now: number): 'new' | 'heard before' {
    for (const [known, at] of this.#heard) {
      if (this.#heard.size <= MOST && now - at < REMEMBERED) break;
      this.#heard.delete(known);
    }
    if (this.#heard.has(id)) return 'heard before';
    this.#heard.set(id, now);
    return 'new';
  }
}
