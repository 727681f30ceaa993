import type { Clock, DocumentsOnRecord, DriverCall, ResourceUuid } from '@gdcloud/core';
import { type Asking, answersOf, askEach, type MemberAppliance } from './member-appliance.js';

/** How much clocks may run apart: a hundredth, and a little for what is rounded; milliseconds. */
const DRIFT = 0.01;
const ROUNDED_MS = 50;
/** What nobody has asked for so long is forgotten; milliseconds. */
const FORGOTTEN_MS = 10 * 60_000;

/** What an exclusion works with. */
export interface ExclusionParts extends Asking {
  readonly clock: Clock;
  /** How long a permit to take over lasts; milliseconds. */
  readonly permitMs: number;
  /** What is on record; undefined while nobody vouches in this process. */
  readonly records: () => DocumentsOnRecord | undefined;
}

/** A question of which one appliance knows the answer, and the other is away. */
export interface OpenQuestion {
  readonly network: ResourceUuid;
  /** What the answer says: that something is carried, or that it is nowhere any more. */
  readonly says: 'carried' | 'gone';
  /** Names the question and the answer: the same for as long as nothing else can have been asked for in between. */
  readonly key: string;
  readonly answered: readonly MemberAppliance[];
  readonly away: readonly MemberAppliance[];
}

interface Waited {
  /** The revision that must be on record as followed: the answer is no older. */
  told: number | 'leaving';
  /** When it was first seen to be. Monotonic. */
  since: number | undefined;
  askedAt: number;
}

/**
 * Tells when an appliance that can't be asked does not matter any more: an answer of the other one is then the pair's. That
 * is so once these hold, each seen after the one before:
 *
 * 1. The answer's revision is on record as followed: nobody permits one that is behind it to take over from then on.
 * 2. All permits that may have been given before that have run out.
 * 3. The one that answered is active: the other one isn't, and has no permit to become so. Where both might be heard at
 *    once, as by VRRP, that shows what is in force, and not that something is gone.
 */
export class Exclusion {
  readonly #parts: ExclusionParts;
  readonly #waited = new Map<string, Waited>();

  constructor(parts: ExclusionParts) {
    this.#parts = parts;
  }

  /** Whether those that are away are out of account. Throws what the record can't be read for. */
  async holds(
    { network, says, key, answered, away }: OpenQuestion,
    call: DriverCall,
  ): Promise<boolean> {
    const { clock, permitMs } = this.#parts;
    const records = this.#parts.records();
    if (records === undefined || away.some((each) => each.network.member === undefined))
      return false;
    // The answer came before this look, so it is no newer than what was told by now.
    const record = await records.of(network);
    const isLeaving = record === undefined || record === 'leaving' || record === 'removed';
    const now = clock.monotonic();
    const waited = this.#waitedFor(key, isLeaving ? 'leaving' : record.told, now);
    const isOnRecord =
      isLeaving ||
      (waited.told !== 'leaving' && record.followed !== null && record.followed >= waited.told);
    if (!isOnRecord) {
      // It was to leave, and is to stay after all.
      if (waited.told === 'leaving') waited.told = record.told;
      waited.since = undefined;
      return false;
    }
    waited.since ??= now;
    if (now - waited.since < permitMs * (1 + DRIFT) + ROUNDED_MS) return false;
    const standings = await askEach(
      answered,
      (its, limited) => its.member?.standing(limited) ?? Promise.resolve(undefined),
      call,
      this.#parts,
    );
    return answersOf(standings).some(
      ({ result }) => result?.is === 'active' && (says === 'carried' || result.exclusive === 'yes'),
    );
  }

  #waitedFor(key: string, told: Waited['told'], now: number): Waited {
    for (const [other, { askedAt }] of this.#waited) {
      if (now - askedAt < FORGOTTEN_MS) break;
      this.#waited.delete(other);
    }
    const waited = this.#waited.get(key) ?? { told, since: undefined, askedAt: now };
    waited.askedAt = now;
    // Those asked for last are at the end.
    this.#waited.delete(key);
    this.#waited.set(key, waited);
    return waited;
  }
}
