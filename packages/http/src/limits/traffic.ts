import type { Caller } from '@gdcloud/core';
import { Bucket, type Rate } from './bucket.js';
import { LimitRefusal } from './limit-refusal.js';
import { Recent } from './recent.js';
import type { TrafficLimits } from './traffic-limits.js';

/** What a request does, as far as it is limited. */
export type Weight = 'read' | 'write';

/** A rate, and how answers name it. */
interface NamedRate extends Rate {
  readonly policy: string;
}

type Rates = Readonly<Record<Weight, NamedRate>>;

/** What one key, or one account, asks. */
export interface Load {
  readonly read: Bucket;
  readonly write: Bucket;
  atWork: number;
}

/** How many keys and accounts are remembered. Who is forgotten begins anew. */
const REMEMBERED = 20_000;
/** How much more than one user's key may ask. */
const FACTORS = { user: 1, account: 2, admin: 5 } as const;
/** When it makes sense to ask again where too much is at work; milliseconds. */
const SOON = 1_000;

/** Who asks how much of one process. */
export class Traffic {
  readonly #limits: TrafficLimits;
  readonly #monotonic: () => number;
  readonly #keys = new Recent<Load>(REMEMBERED);
  readonly #accounts = new Recent<Load>(REMEMBERED);
  readonly #rates: Readonly<Record<keyof typeof FACTORS, Rates>> | undefined;
  #atWork = 0;

  /** `monotonic`: milliseconds that only grow. */
  constructor(limits: TrafficLimits, monotonic: () => number) {
    this.#limits = limits;
    this.#monotonic = monotonic;
    if (limits.rates === 'unlimited') return;
    const { readsPerSecond, writesPerSecond, burstSeconds } = limits.rates;
    const times = (factor: number): Rates => ({
      read: rateOf('read', readsPerSecond * factor, burstSeconds),
      write: rateOf('write', writesPerSecond * factor, burstSeconds),
    });
    this.#rates = {
      user: times(FACTORS.user),
      account: times(FACTORS.account),
      admin: times(FACTORS.admin),
    };
  }

  /** Somebody asks. Throws Overloaded. Whoever calls it ends the work, too. */
  begin(): Work {
    if (this.#atWork >= this.#limits.atOnce) {
      throw new LimitRefusal(
        'Overloaded',
        'process at work',
        `${this.#atWork} requests are being worked on`,
        { afterMs: SOON },
      );
    }
    this.#atWork += 1;
    return new Work(this);
  }

  /** A request that has begun is one of this key. Throws TooManyRequests. Returns what is to be told and ended. */
  enter(key: string, caller: Caller, weight: Weight): { load: Load; quota: Work['quota'] } {
    const load = loadOf(this.#keys, key);
    const quota = this.#take(load, caller, weight);
    this.#checkAtWork(load, caller);
    load.atWork += 1;
    return { load, quota };
  }

  /** A request is over. */
  leave(load: Load | undefined): void {
    this.#atWork -= 1;
    if (load !== undefined) load.atWork -= 1;
  }

  #take(load: Load, caller: Caller, weight: Weight): Work['quota'] {
    if (this.#rates === undefined) return undefined;
    const now = this.#monotonic();
    const rate = this.#rates[caller.kind][weight];
    refuseWhile(load[weight].take(rate, now), rate, 'this key', weight);
    if (caller.kind === 'user') {
      const shared = this.#rates.account[weight];
      const account = loadOf(this.#accounts, caller.account);
      refuseWhile(account[weight].take(shared, now), shared, 'the keys of this account', weight);
    }
    const left = load[weight].left(rate, now);
    const seconds = Math.ceil((rate.burst - left) / rate.perSecond);
    return {
      'ratelimit-policy': rate.policy,
      ratelimit: `"${weight}";r=${left};t=${seconds}`,
    };
  }

  #checkAtWork({ atWork }: Load, { kind }: Caller): void {
    if (atWork < this.#limits.atOncePerKey * FACTORS[kind]) return;
    throw new LimitRefusal(
      'TooManyRequests',
      'key at work',
      `${atWork} requests of this key are being worked on`,
      { afterMs: SOON },
    );
  }
}

/** One request that is being worked on. */
export class Work {
  readonly #traffic: Traffic;
  #load: Load | undefined;
  #state: 'running' | 'over' = 'running';
  /** What the answer says of how much more the key may ask (draft-ietf-httpapi-ratelimit-headers-09). */
  quota: Readonly<Record<string, string>> | undefined;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  /** It is one of this key, whose holder is known now. Throws TooManyRequests. */
  of(key: string, caller: Caller, weight: Weight): void {
    const { load, quota } = this.#traffic.enter(key, caller, weight);
    this.#load = load;
    this.quota = quota;
  }

  /** It is over. May be called more than once. */
  end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#traffic.leave(this.#load);
  }
}

function rateOf(weight: Weight, perSecond: number, burstSeconds: number): NamedRate {
  const burst = Math.max(1, Math.ceil(perSecond * burstSeconds));
  return { perSecond, burst, policy: `"${weight}";q=${burst};w=${Math.ceil(burst / perSecond)}` };
}

function loadOf(loads: Recent<Load>, name: string): Load {
  const known = loads.get(name);
  if (known !== undefined) return known;
  const made: Load = { read: new Bucket(), write: new Bucket(), atWork: 0 };
  loads.set(name, made);
  return made;
}

function refuseWhile(waitMs: number, rate: Rate, whose: string, weight: Weight): void {
  if (waitMs === 0) return;
  throw new LimitRefusal(
    'TooManyRequests',
    'rate',
    `${whose} may ${weight} ${rate.perSecond} times a second, and ${rate.burst} times at once`,
    { afterMs: waitMs },
  );
}
