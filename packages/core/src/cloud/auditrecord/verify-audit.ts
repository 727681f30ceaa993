import {
  type AuditRecord,
  type AuditSeal,
  CHAIN_START,
  type ChainPlace,
} from '../../model/audit-record.js';
import { RequestError } from '../../model/errors.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Clock } from '../../ports/clock.js';
import type { WriteRecords } from '../../ports/write-records.js';
import type { AuditSettings } from './audit-settings.js';
import { type Digest, faultOf, gapBefore } from './chain.js';

const PAGE = 500;
/** How many records are looked at in one go: about a second. */
const MOST = 50_000;
/** How much earlier than they must be kept records may be gone: they are forgotten by clocks that differ. Milliseconds. */
const TOLERANCE = 10 * 60_000;

/** What the audit log is verified with. */
export interface VerifyOptions {
  readonly store: Pick<WriteRecords, 'sealedFrom' | 'unsealedOf' | 'chainHead'>;
  readonly digest: Digest;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: AuditSettings;
}

/** What became of looking through one account's log. */
export interface AuditVerdict {
  readonly intact: 'yes' | 'no';
  /** The first thing that is wrong. */
  readonly fault: string | null;
  /** How many records were looked at. */
  readonly records: number;
  /** How many of them have no place yet. */
  readonly unsealed: number;
  /** Whether all there are were looked at; if not, it goes on from `sequence` and `chainHash`. */
  readonly complete: 'yes' | 'no';
  /** The last place of the chain that was looked at. */
  readonly sequence: number;
  readonly chainHash: string;
}

/**
 * Looks whether the log of an account is as it was written: nothing changed, missing, put in, or in another order. With
 * `from`, a place noted before, that record must still be there and the same; what comes before it is not looked at.
 * What can't be seen: that records are gone which were never sealed, or, by who can rewrite the head of the chain too,
 * which were sealed after the last place that was noted elsewhere. Throws RequestError InvalidOption for a place that is
 * forgotten by now.
 */
export async function verifyAudit(
  options: VerifyOptions,
  account: ResourceUuid,
  from?: ChainPlace,
): Promise<AuditVerdict> {
  const { store, digest } = options;
  // Before the records: those of then must all be there.
  const head = await store.chainHead(account);
  const walk = new Walk(options, head, from);
  for (let more = true; more && walk.fault === undefined && walk.records < MOST; ) {
    const page = await store.sealedFrom(account, walk.next, PAGE);
    for (const record of page) walk.take(record);
    more = page.length === PAGE;
    if (!more) walk.end();
  }
  const { fault, records, place } = walk;
  if (fault !== undefined || !walk.hasEnded)
    return verdict({ fault, records, place, unsealed: 0, complete: 'no' });
  const waiting = await store.unsealedOf(account, PAGE);
  return verdict({
    fault: waiting.map((record) => faultOf(record, digest)).find((one) => one !== undefined),
    records: records + waiting.length,
    place,
    unsealed: waiting.length,
    complete: 'yes',
  });
}

function verdict({
  fault,
  place,
  ...counts
}: Pick<AuditVerdict, 'records' | 'unsealed' | 'complete'> & {
  readonly fault: string | undefined;
  readonly place: ChainPlace;
}): AuditVerdict {
  return { intact: fault === undefined ? 'yes' : 'no', fault: fault ?? null, ...counts, ...place };
}

/** A walk along a chain, up to the first fault. */
class Walk {
  readonly #options: VerifyOptions;
  readonly #head: ChainPlace;
  readonly #from: ChainPlace | undefined;
  #last: ChainPlace | undefined;
  #records = 0;
  #fault: string | undefined;
  #hasEnded = false;

  constructor(options: VerifyOptions, head: ChainPlace, from: ChainPlace | undefined) {
    this.#options = options;
    this.#head = head;
    this.#from = from;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  get records(): number {
    return this.#records;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The sequence that is to be read next. */
  get next(): number {
    return this.#last === undefined ? (this.#from?.sequence ?? 0) : this.#last.sequence + 1;
  }

  get place(): ChainPlace {
    const { sequence, chainHash } = this.#last ?? CHAIN_START;
    return { sequence, chainHash };
  }

  take(record: AuditRecord): void {
    const { seal } = record;
    if (this.#fault !== undefined || seal === null) return;
    this.#records += 1;
    this.#fault =
      (this.#last === undefined
        ? this.#faultOfFirst(record, seal)
        : gapBefore(this.#last, record)) ?? faultOf(record, this.#options.digest);
    this.#last = seal;
    if (seal.sequence === this.#head.sequence && seal.chainHash !== this.#head.chainHash)
      this.#fault ??= `record ${seal.sequence} is not the one that the chain had got to`;
  }

  /** There are no more records. */
  end(): void {
    this.#hasEnded = true;
    const { sequence } = this.#head;
    if (this.#last === undefined && this.#from !== undefined)
      this.#fault ??= `record ${this.#from.sequence} is missing, and all after it`;
    const last = this.#last?.sequence ?? 0;
    if (last < sequence)
      this.#fault ??= `records ${last + 1} to ${sequence} are missing, the newest of all`;
  }

  #faultOfFirst(record: AuditRecord, { sequence, chainHash }: AuditSeal): string | undefined {
    const from = this.#from;
    if (from !== undefined) {
      if (sequence === from.sequence)
        return chainHash === from.chainHash
          ? undefined
          : `record ${sequence} is not the one that was noted`;
      if (!this.#mayFollowForgotten(record))
        return `record ${from.sequence} is missing: the next is record ${sequence}`;
      throw new RequestError('InvalidOption', `record ${from.sequence} is forgotten by now`, {
        fieldName: 'sequence',
      });
    }
    if (sequence === 1) return gapBefore(CHAIN_START, record);
    return this.#mayFollowForgotten(record)
      ? undefined
      : `records 1 to ${sequence - 1} are missing, and are not old enough to be forgotten`;
  }

  // The newest of those that are too old is kept: what is left starts with one that is itself too old.
  #mayFollowForgotten({ document }: AuditRecord): boolean {
    const { clock, settings } = this.#options;
    return document.time < clock.now() - settings.retentionMs + TOLERANCE;
  }
}
