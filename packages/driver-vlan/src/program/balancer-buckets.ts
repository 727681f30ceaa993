import type { BackendElement } from '../plan/appliance-elements.js';
import { BUCKETS } from './firewall-chains.js';

/**
 * Which backend each bucket of a balancer leads to: one for each of `BUCKETS`, or none when no backend takes new
 * connections. Pure: the same backends always get the same buckets, whatever was before.
 *
 * `spread`: one after the other, each as often as its weight says, as evenly as it goes: for taking turns.
 * `settle`: a bucket keeps its backend as far as it can when others come, go or change their weight: for clients that
 * shall find the same server again.
 */
export function balancerBuckets(
  backends: readonly BackendElement[],
  order: 'spread' | 'settle',
): readonly BackendElement[] {
  const weighed = backends
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => (a.server < b.server ? -1 : 1));
  if (weighed.length === 0) return [];
  const shares = bucketShares(weighed);
  return order === 'spread' ? spread(weighed, shares) : settle(weighed, shares);
}

/** How many buckets each gets: in the proportion of the weights, rounded by largest remainders, and at least one. */
function bucketShares(backends: readonly BackendElement[]): number[] {
  const shares = backends.map(() => 0);
  let open = backends.map((_, nth) => nth);
  let left = BUCKETS;
  // Those that would get less than one bucket get one; the others share the rest, of which they may get less too.
  for (;;) {
    const total = open.reduce((sum, nth) => sum + weightOf(backends, nth), 0);
    const small = open.filter((nth) => weightOf(backends, nth) * left < total);
    if (small.length === 0) break;
    for (const nth of small) shares[nth] = 1;
    open = open.filter((nth) => !small.includes(nth));
    left -= small.length;
  }
  const total = open.reduce((sum, nth) => sum + weightOf(backends, nth), 0);
  for (const nth of open) shares[nth] = Math.floor((weightOf(backends, nth) * left) / total);
  const given = open.reduce((sum, nth) => sum + (shares[nth] ?? 0), 0);
  const remainder = (nth: number): number => (weightOf(backends, nth) * left) % total;
  const byRemainder = open.toSorted((a, b) => remainder(b) - remainder(a) || a - b);
  for (const nth of byRemainder.slice(0, left - given)) shares[nth] = (shares[nth] ?? 0) + 1;
  return shares;
}

function weightOf(backends: readonly BackendElement[], nth: number): number {
  return backends[nth]?.weight ?? 0;
}

// Each bucket raises everyone's claim by their share; the highest claim gets it and pays for it.
function spread(
  backends: readonly BackendElement[],
  shares: readonly number[],
): readonly BackendElement[] {
  const claims = shares.map(() => 0);
  const buckets: BackendElement[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    let highest = 0;
    for (const [nth, share] of shares.entries()) {
      const claim = (claims[nth] ?? 0) + share;
      claims[nth] = claim;
      if (claim > (claims[highest] ?? 0)) highest = nth;
    }
    claims[highest] = (claims[highest] ?? 0) - BUCKETS;
    const backend = backends[highest];
    if (backend !== undefined) buckets.push(backend);
  }
  return buckets;
}

// Buckets and backends rank each other by one hash; who ranks highest of all that is left goes together. A change moves
// what it must and few others, as most pairs rank before it matters.
function settle(
  backends: readonly BackendElement[],
  shares: readonly number[],
): readonly BackendElement[] {
  const pairs = backends.flatMap((backend, nth) => {
    const seed = textHash(backend.server);
    return Array.from({ length: BUCKETS }, (_, bucket) => ({
      backend,
      nth,
      bucket,
      rank: mixed(seed ^ Math.imul(bucket + 1, 0x9e3779b1)),
    }));
  });
  pairs.sort((a, b) => a.rank - b.rank || a.nth - b.nth || a.bucket - b.bucket);
  const left = [...shares];
  const buckets = new Map<number, BackendElement>();
  for (const { backend, nth, bucket } of pairs) {
    const open = left[nth] ?? 0;
    if (open === 0 || buckets.has(bucket)) continue;
    left[nth] = open - 1;
    buckets.set(bucket, backend);
  }
  return Array.from({ length: BUCKETS }, (_, bucket) => buckets.get(bucket)).filter(
    (backend) => backend !== undefined,
  );
}

// FNV-1a.
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}

// The finishing steps of MurmurHash3: each bit of the input changes half of the output's.
function mixed(number: number): number {
  let hash = number ^ (number >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
