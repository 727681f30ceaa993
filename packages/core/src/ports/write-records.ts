import type { AuditDocument, AuditRecord, AuditSeal, ChainPlace } from '../model/audit-record.js';
import type { ResourceId, ResourceUuid } from '../model/identity.js';

/** What is put on record of a request in the very unit of what it leads to: both are there, or neither. */
export interface OnRecord {
  /** Absent for requests without an idempotency key. */
  readonly request?: KeyedRequest | undefined;
  readonly audit?: AuditDraft | undefined;
}

/** A request that is carried out once, however often it is sent. */
export interface KeyedRequest {
  /** Who asks: a key is one only among those of its account. */
  readonly account: ResourceUuid;
  /** Names the request among those of its account; 64 characters at most. */
  readonly key: string;
  /** Tells it from other requests under the same key; 64 characters at most. */
  readonly digest: string;
  /** What it is about, or what comes of it. */
  readonly resource: ResourceUuid;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A line for the audit log. */
export interface AuditDraft {
  /** Sorts by time of making, as all identities do. */
  readonly uuid: ResourceUuid;
  readonly account: ResourceUuid;
  /** `resourceId` null stands for the friendly id that the insert draws, of which this is part. */
  readonly document: Omit<AuditDocument, 'resourceId'> & { readonly resourceId: ResourceId | null };
  readonly mac: string;
}

/** A record, and the place that it gets. */
export interface NewSeal {
  readonly uuid: ResourceUuid;
  readonly seal: AuditSeal;
}

/**
 * What writes leave behind besides rows: which requests have been carried out, and the audit log. Records of the log are
 * read as resources of the type `auditrecord`, by `find` and `list`; nothing changes or adds to what one says.
 */
export interface WriteRecords {
  /** The request that was carried out under a key of an account, as long as it is remembered. */
  carriedOut(account: ResourceUuid, key: string): Promise<KeyedRequest | undefined>;
  /**
   * Puts a request on record that leads to no write of its own. Throws AskedBefore where its key is known; then nothing
   * is written.
   */
  note(onRecord: OnRecord): Promise<void>;
  /** Forgets requests that were carried out before `before`; returns how many. */
  forgetRequests(before: number): Promise<number>;
  /** Records that have no place in their account's chain yet, oldest first. */
  unsealed(limit: number): Promise<readonly AuditRecord[]>;
  /** Where the chain of an account has got to: `CHAIN_START` before its first record. */
  chainHead(account: ResourceUuid): Promise<ChainPlace>;
  /**
   * Gives records of one account the places after `head`. False, and nothing is written, when its chain has got on
   * since, or one of them has a place already.
   */
  seal(account: ResourceUuid, head: ChainPlace, seals: readonly NewSeal[]): Promise<boolean>;
  /** The sealed records of an account from `sequence` on, in their order. */
  sealedFrom(
    account: ResourceUuid,
    sequence: number,
    limit: number,
  ): Promise<readonly AuditRecord[]>;
  /** The records of one account that have none, oldest first. */
  unsealedOf(account: ResourceUuid, limit: number): Promise<readonly AuditRecord[]>;
  /**
   * Deletes sealed records from before `before`, but of each account the newest of them: what is left of its chain starts
   * there. Returns how many.
   */
  forgetAudited(before: number): Promise<number>;
}
