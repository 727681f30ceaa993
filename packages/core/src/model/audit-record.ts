import { asId, type ResourceId, type ResourceUuid } from './identity.js';
import { canonicalJson, type JsonObject } from './json.js';
import { type Resource, UNOBSERVED } from './resource.js';

/** The id of the type whose rows are the audit log: written along with other writes, and by nobody for itself. */
export const AUDIT_RECORD = 'auditrecord';

/** What the audit log says of one request. Never a secret: of desired states it has hashes only. */
export interface AuditDocument {
  /** When it was written; milliseconds since the epoch. */
  readonly time: number;
  /** `create`, `update`, `delete`, or `act:` and the name of the action. */
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: ResourceId;
  readonly resourceUuid: ResourceUuid;
  /** The account that asked; another one than the resource's where an administrator did. */
  readonly actorId: ResourceId;
  /** The API key it was asked with; null where the program that embeds the cloud asked. */
  readonly keyUuid: ResourceUuid | null;
  /** The address it came from, as far as that is known. */
  readonly source: string | null;
  readonly requestId: string | null;
  /** SHA-256 of the desired state before; null where there was none. */
  readonly beforeHash: string | null;
  /** SHA-256 of the desired state after; null where its deletion was asked for. */
  readonly afterHash: string | null;
}

/** The place of a record in the chain of its account. */
export interface AuditSeal {
  /** 1 for the first record of an account, one more for each that was sealed after it. */
  readonly sequence: number;
  /** The `chainHash` of the record before; empty for the first. */
  readonly previousHash: string;
  /** A keyed hash of `previousHash` and this record. */
  readonly chainHash: string;
}

/** Where the chain of an account has got to. */
export type ChainPlace = Pick<AuditSeal, 'sequence' | 'chainHash'>;

/** Where every chain starts: before its first record. */
export const CHAIN_START: ChainPlace = { sequence: 0, chainHash: '' };

/** One line of the audit log. */
export interface AuditRecord {
  readonly uuid: ResourceUuid;
  /** Whose log it is in: the account of the resource that it is about. */
  readonly account: ResourceUuid;
  readonly document: AuditDocument;
  /** What only the cloud that wrote it can make of it: `recordMac`. */
  readonly mac: string;
  /** Null until it has been given its place. */
  readonly seal: AuditSeal | null;
}

/**
 * A keyed hash of what a record says: a row that somebody else put into the table has none. `digest` keys it by what is
 * kept outside the database. The friendly id is left out: it is drawn by the write that the record is part of.
 */
export function recordMac(
  digest: (text: string) => string,
  record: Pick<AuditRecord, 'uuid' | 'account'> & {
    readonly document: Omit<AuditDocument, 'resourceId'>;
  },
): string {
  const document = { ...record.document, resourceId: null };
  return digest(`audit record\n${canonicalJson([record.uuid, record.account, document])}`);
}

/** A record as a resource, as lists and lookups of its type answer it. */
export function auditResource({ uuid, account, document, seal }: AuditRecord): Resource {
  return {
    ...UNOBSERVED,
    uuid,
    type: AUDIT_RECORD,
    // It needs no number of its own, for which writers would have to wait for each other.
    id: asId(uuid),
    account,
    naturalKey: null,
    created: document.time,
    name: null,
    description: null,
    data: {},
    spec: { ...document } satisfies JsonObject,
    generation: 1,
    deleteRequestedAt: null,
    repairs: [],
    status: seal === null ? {} : ({ ...seal } satisfies JsonObject),
    statusVersion: seal === null ? 0 : 1,
    observedGeneration: 1,
    attemptedGeneration: 1,
    outcome: 'done',
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Recorded',
        message: 'It is on record.',
        observedGeneration: 1,
        lastTransitionTime: document.time,
      },
    ],
  };
}
