import { CLOCK_TOLERANCE } from './envelope.js';

/** How much is remembered of requests. */
export interface LedgerLimits {
  /** Requests that are under way or wait. */
  readonly running: number;
  /** Requests that ended lately. */
  readonly ended: number;
  /** Characters of their answers. */
  readonly answers: number;
}

/** What a driver host has room for unless a test says otherwise. */
export const LEDGER_LIMITS: LedgerLimits = {
  running: 2_000,
  ended: 200_000,
  answers: 64 * 1_024 * 1_024,
};

/**
 * How long an ended request is remembered: two windows, as its clock may have been ahead by one, and some more for
 * clocks that do not run alike. A copy of it is stale afterwards.
 */
const REMEMBERED = 2 * CLOCK_TOLERANCE + 10_000;

/** What is known of a request. */
export type Known =
  | { readonly kind: 'new' }
  | { readonly kind: 'running' }
  /** `answer` is absent where there was no room to keep it. */
  | { readonly kind: 'ended'; readonly answer: string | undefined };

/**
 * Remembers requests and their answers, so that each is carried out once in a life of the host however often it is
 * heard. Where there is no room to remember another, it is not begun.
 */
export class RequestLedger {
  readonly #limits: LedgerLimits;
  readonly #running = new Map<string, () => void>();
  /** When each ended, the first one at the front. */
  readonly #ended = new Map<string, number>();
  readonly #answers = new Map<string, string>();
  #size = 0;

  constructor(limits: LedgerLimits) {
    this.#limits = limits;
  }

  /** How many are under way or wait. */
  get running(): number {
    return this.#running.size;
  }

  look(request: string): Known {
    if (this.#running.has(request)) return { kind: 'running' };
    if (!this.#ended.has(request)) return { kind: 'new' };
    return { kind: 'ended', answer: this.#answers.get(request) };
  }

  /** Takes a new request down; `cancel` ends it. `now` is monotonic. */
  begin(request: string, cancel: () => void, now: number): 'begun' | 'no room' {
    for (const [ended, at] of this.#ended) {
      if (now - at < REMEMBERED) break;
      this.#ended.delete(ended);
      this.#forgetAnswer(ended);
    }
    const { running, ended } = this.#limits;
    if (this.#running.size >= running) return 'no room';
    if (this.#ended.size + this.#running.size >= ended) return 'no room';
    this.#running.set(request, cancel);
    return 'begun';
  }

  /** Keeps the answer of a request that was begun. `now` is monotonic. */
  end(request: string, answer: string, now: number): void {
    this.#running.delete(request);
    this.#ended.set(request, now);
    this.#answers.set(request, answer);
    this.#size += answer.length;
    for (const [oldest] of this.#answers) {
      if (this.#size <= this.#limits.answers) break;
      this.#forgetAnswer(oldest);
    }
  }

  /** Ends a request that nobody waits for any more. */
  cancel(request: string): void {
    this.#running.get(request)?.();
  }

  /** Ends all. */
  cancelAll(): void {
    for (const cancel of this.#running.values()) cancel();
  }

  #forgetAnswer(request: string): void {
    this.#size -= this.#answers.get(request)?.length ?? 0;
    this.#answers.delete(request);
  }
}
