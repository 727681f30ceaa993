import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Caller, type Logger, normalUsername } from '@gdcloud/core';
import type { Credentials } from '../request/credentials.js';
import { addressGroup } from './address-group.js';
import { Bucket, type Rate } from './bucket.js';
import { LimitRefusal } from './limit-refusal.js';
import { Recent } from './recent.js';
import type { SignInLimits } from './traffic-limits.js';

/** What sign-ins are watched with. */
export interface SignInOptions {
  readonly limits: SignInLimits;
  /** Finds out whose key it is; undefined for a wrong one. */
  readonly authenticate: (credentials: Credentials) => Promise<Caller | undefined>;
  /** Milliseconds that only grow. */
  readonly monotonic: () => number;
  /** At least 16 random bytes of this process. */
  readonly secret: Uint8Array;
  readonly logger?: Logger | undefined;
}

/** A name that has signed in from an address. */
interface Proven {
  readonly tries: Bucket;
  /** What with, as a keyed digest. */
  readonly proof: Buffer;
}

/** An address that tries what is not known to be right. */
interface Trier {
  readonly tries: Bucket;
  /** How many of its tries are being looked at. */
  trying: number;
  readonly waiting: (() => void)[];
  toldAt: number;
}

/** What came of a try: `none` where the store could not tell, which is held against nobody. */
type Verdict = 'right' | 'wrong' | 'none';

const REMEMBERED = 20_000;
/** Tries of one address that are looked at at once; more wait, so that none is refused for what others may yet turn out to be. */
const TRIED_AT_ONCE = 5;
const MOST_WAITING = 200;
/** How often the log tells that an address is refused; milliseconds. */
const TELL_EVERY = 60_000;

/**
 * Lets keys be tried, and the more wrong ones somebody has tried, the slower (security.md T6). Nobody is locked out: what
 * was right here before is always looked at, and a right key from anywhere else is never in the way of wrong ones. Tries
 * are counted before they are looked at, so that not even at once more can be tried than the limits say.
 */
export class SignIns {
  readonly #options: SignInOptions;
  readonly #proven = new Recent<Proven>(REMEMBERED);
  readonly #names = new Recent<Bucket>(REMEMBERED);
  readonly #addresses = new Recent<Trier>(REMEMBERED);
  readonly #all = new Bucket();
  readonly #fewer: Rate;

  constructor(options: SignInOptions) {
    this.#options = options;
    const { perSecond, burst } = options.limits.perAddress;
    this.#fewer = { perSecond, burst: Math.max(1, Math.floor(burst / 10)) };
  }

  /** Whose key it is, undefined for a wrong one. Throws TooManyRequests without having looked. */
  async authenticate(
    credentials: Credentials,
    clientAddress: string | undefined,
  ): Promise<Caller | undefined> {
    const address = clientAddress === undefined ? 'unknown' : addressGroup(clientAddress);
    // All spellings of a user name are one: none of them may be tried more often for it.
    const name = `${address} ${normalUsername(credentials.publicValue)}`;
    const proven = this.#proven.get(name);
    if (proven === undefined) return this.#tryAnew(credentials, address, name);
    const { perName } = this.#options.limits;
    if (proven.tries.take(perName, this.#options.monotonic()) === 0) {
      let verdict: Verdict = 'none';
      try {
        const caller = await this.#options.authenticate(credentials);
        verdict = caller === undefined ? 'wrong' : 'right';
        return caller;
      } finally {
        if (verdict === 'wrong') this.#count(address);
        else proven.tries.giveBack(perName);
      }
    }
    // More at once than may be wrong at once, or somebody else at the same address guesses the secret of this name.
    if (!timingSafeEqual(this.#digest(credentials), proven.proof))
      return this.#tryAnew(credentials, address, name);
    const caller = await this.#options.authenticate(credentials);
    if (caller === undefined) this.#proven.delete(name);
    return caller;
  }

  async #tryAnew(
    credentials: Credentials,
    address: string,
    name: string,
  ): Promise<Caller | undefined> {
    const trier = this.#trierAt(address);
    await this.#turnOf(trier, address, name);
    try {
      this.#refuseWhile(this.#waitFor(trier, name), trier, address);
      return await this.#look(credentials, trier, name);
    } finally {
      trier.trying -= 1;
      trier.waiting.shift()?.();
    }
  }

  async #look(credentials: Credentials, trier: Trier, name: string): Promise<Caller | undefined> {
    const tries = this.#triesOf(name);
    const takeBack = this.#take(trier, tries);
    let verdict: Verdict = 'none';
    try {
      const caller = await this.#options.authenticate(credentials);
      verdict = caller === undefined ? 'wrong' : 'right';
      if (caller !== undefined) this.#proven.set(name, { tries, proof: this.#digest(credentials) });
      return caller;
    } finally {
      if (verdict !== 'wrong') takeBack();
    }
  }

  async #turnOf(trier: Trier, address: string, name: string): Promise<void> {
    while (trier.trying >= TRIED_AT_ONCE) {
      this.#refuseWhile(this.#waitFor(trier, name), trier, address);
      if (trier.waiting.length >= MOST_WAITING) this.#refuseWhile(1_000, trier, address);
      await new Promise<void>((resolve) => trier.waiting.push(resolve));
    }
    trier.trying += 1;
  }

  #waitFor(trier: Trier, name: string): number {
    const { perName, perAddress, all } = this.#options.limits;
    const now = this.#options.monotonic();
    const rate = this.#all.wait(all, now) > 0 ? this.#fewer : perAddress;
    const known = this.#proven.get(name)?.tries ?? this.#names.get(name);
    return Math.max(known?.wait(perName, now) ?? 0, trier.tries.wait(rate, now));
  }

  #triesOf(name: string): Bucket {
    const known = this.#proven.get(name)?.tries ?? this.#names.get(name);
    if (known !== undefined) return known;
    const tries = new Bucket();
    this.#names.set(name, tries);
    return tries;
  }

  #take(trier: Trier, tries: Bucket): () => void {
    const { perName, perAddress, all } = this.#options.limits;
    const now = this.#options.monotonic();
    tries.take(perName, now);
    trier.tries.take(perAddress, now);
    const counted = this.#all.take(all, now) === 0;
    return () => {
      tries.giveBack(perName);
      trier.tries.giveBack(perAddress);
      if (counted) this.#all.giveBack(all);
    };
  }

  #count(address: string): void {
    const { perAddress, all } = this.#options.limits;
    const now = this.#options.monotonic();
    this.#trierAt(address).tries.take(perAddress, now);
    this.#all.take(all, now);
  }

  #trierAt(address: string): Trier {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    const trier: Trier = {
      tries: new Bucket(),
      trying: 0,
      waiting: [],
      toldAt: Number.NEGATIVE_INFINITY,
    };
    this.#addresses.set(address, trier);
    return trier;
  }

  #refuseWhile(afterMs: number, trier: Trier, address: string): void {
    if (afterMs === 0) return;
    const now = this.#options.monotonic();
    if (now - trier.toldAt >= TELL_EVERY) {
      trier.toldAt = now;
      this.#options.logger?.warn({ address }, 'too many wrong keys were tried from an address');
    }
    throw new LimitRefusal('TooManyRequests', 'sign-ins', 'too many wrong keys were tried', {
      afterMs,
    });
  }

  #digest({ secretValue }: Credentials): Buffer {
    return createHmac('sha256', this.#options.secret).update(secretValue).digest();
  }
}
