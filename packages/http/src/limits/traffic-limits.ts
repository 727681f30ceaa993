import type { Rate } from './bucket.js';

/** How much all requests together may ask of one process. Each process of a cloud counts for itself. */
export interface TrafficLimits {
  /** How often one key may ask. Default {@link RequestRates}' own. */
  readonly rates: RequestRates | 'unlimited';
  /** Requests of one user's key that are worked on at once; five times as many of an administrator's. Default 64. */
  readonly atOncePerKey: number;
  /** Requests that are worked on at once. Default 1,000. Transfers and consoles have limits of their own. */
  readonly atOnce: number;
  /** How long a request may take, except for transfers; milliseconds. Default 60,000. */
  readonly deadlineMs: number;
  /** How long a body may take to come, except for transfers; milliseconds. Default 30,000. */
  readonly bodyMs: number;
  /** How often keys may be tried that turn out to be wrong. */
  readonly signIns: SignInLimits;
}

/**
 * How often one user's key may ask. All keys of a user's account together may twice as often; a key of an administrator
 * five times as often, because it may be that of a panel with many users behind it.
 */
export interface RequestRates {
  /** Default 200: clients that look every 10 ms whether it is ready are no attack. */
  readonly readsPerSecond: number;
  /** Default 50. */
  readonly writesPerSecond: number;
  /** How much may come at once after a while of nothing, in seconds' worth. Default 5. */
  readonly burstSeconds: number;
}

/** How often keys may be tried that turn out to be wrong. What turns out to be right is never counted. */
export interface SignInLimits {
  /** Tries of one name from one address. Default 10, then one every 2 s. */
  readonly perName: Rate;
  /** Tries from one address, or from one IPv6 network of 64 bits. Default 50, then one a second. */
  readonly perAddress: Rate;
  /** All tries; over it an address has a tenth of what it has otherwise. Default 500, then 50 a second. */
  readonly all: Rate;
}

/** What holds where nothing is given. */
export const DEFAULT_TRAFFIC: TrafficLimits = {
  rates: { readsPerSecond: 200, writesPerSecond: 50, burstSeconds: 5 },
  atOncePerKey: 64,
  atOnce: 1_000,
  deadlineMs: 60_000,
  bodyMs: 30_000,
  signIns: {
    perName: { perSecond: 0.5, burst: 10 },
    perAddress: { perSecond: 1, burst: 50 },
    all: { perSecond: 50, burst: 500 },
  },
};
