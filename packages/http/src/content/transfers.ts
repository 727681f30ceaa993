import { type Caller, type Clock, type Contents, RequestError, systemClock } from '@gdcloud/core';
import { LimitRefusal } from '../limits/limit-refusal.js';
import type { ApiOptions, TransferLimits } from '../options.js';
import { WireFault } from '../response/wire-fault.js';

const DEFAULTS: TransferLimits = {
  perAccount: 4,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  idleMs: 60_000,
};

/** When it makes sense to ask again where too many transfers run; milliseconds. */
const RETRY_MS = 10_000;

/** The transfers of one API: who has how many, and how fast they are. */
export class Transfers {
  readonly limits: TransferLimits;
  readonly #contents: Contents | undefined;
  readonly #clock: Pick<Clock, 'monotonic' | 'schedule'>;
  readonly #running = new Map<string, number>();

  constructor({ contents, transfers, timer }: ApiOptions) {
    this.limits = { ...DEFAULTS, ...transfers };
    this.#contents = contents;
    this.#clock = timer ?? systemClock;
  }

  /** Where bytes are. Throws ContentNotHere. */
  get contents(): Contents {
    if (this.#contents !== undefined) return this.#contents;
    throw new RequestError('ContentNotHere', 'this server carries no bytes of disks');
  }

  /** Counts a transfer of a caller's account, until the returned function is called. Throws TooManyTransfers. */
  begin({ account }: Caller): () => void {
    const running = this.#running.get(account) ?? 0;
    if (running >= this.limits.perAccount)
      throw new LimitRefusal(
        'TooManyTransfers',
        'transfers',
        `${running} transfers of this account are running`,
        { afterMs: RETRY_MS },
      );
    this.#running.set(account, running + 1);
    let over: 'yes' | 'no' = 'no';
    return () => {
      if (over === 'yes') return;
      over = 'yes';
      const left = (this.#running.get(account) ?? 1) - 1;
      if (left === 0) this.#running.delete(account);
      else this.#running.set(account, left);
    };
  }

  /** Lets bytes pass no faster than is allowed; whoever sends them waits. */
  async *paced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    const { bytesPerSecond } = this.limits;
    const began = this.#clock.monotonic();
    let passed = 0;
    for await (const chunk of chunks) {
      yield chunk;
      passed += chunk.byteLength;
      const early = (passed / bytesPerSecond) * 1_000 - (this.#clock.monotonic() - began);
      if (early > 1) await this.#pause(early);
    }
  }

  /** Passes on what comes. Throws BadRequest where nothing does for too long. */
  async *alive(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    const iterator = chunks[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#soon(iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      // Not waited for: what it waits for itself may never come.
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }

  #soon<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.schedule(this.limits.idleMs, () =>
        reject(new WireFault('BadRequest', 'the body stopped for too long')),
      );
      work.then(resolve, reject).finally(cancel);
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.schedule(ms, resolve);
    });
  }
}
