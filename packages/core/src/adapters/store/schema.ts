import type { Generated } from 'kysely';

/** The tables as kysely sees them. JSON columns hold text; moments are milliseconds since the epoch. */
export interface Database {
  resource: ResourceTable;
  reference: ReferenceTable;
  history: HistoryTable;
  sequence: SequenceTable;
  allocation: AllocationTable;
  full_stretch: FullStretchTable;
  capacity: CapacityTable;
  traffic: TrafficTable;
  traffic_reading: TrafficReadingTable;
  credential_use: CredentialUseTable;
  claim: ClaimTable;
  keyed_request: KeyedRequestTable;
  audit: AuditTable;
  audit_head: AuditHeadTable;
}

/** One row a resource. The API writes the desired columns, the kernel the status columns, nobody both. */
export interface ResourceTable extends DesiredColumns, StatusColumns {
  readonly uuid: string;
  readonly type: string;
  readonly id: string;
  readonly account: string;
  readonly created: number;
  readonly natural_key: string | null;
  /** Empty while live, the uuid in a tombstone: keeps natural keys unique among the living in every database. */
  readonly live_token: string;
  readonly visible_to_all: number;
}

/** The columns by name: a `select *` would answer otherwise as soon as a newer release adds one. */
export const RESOURCE_COLUMNS = [
  'uuid',
  'type',
  'id',
  'account',
  'created',
  'natural_key',
  'live_token',
  'visible_to_all',
  'name',
  'description',
  'data',
  'spec',
  'generation',
  'delete_requested_at',
  'repairs',
  'status',
  'conditions',
  'parts',
  'observed_generation',
  'attempted_generation',
  'status_version',
  'fence',
  'outcome',
  'next_attempt_at',
  'attempts',
  'last_error_code',
  'last_error_message',
  'removed',
] as const satisfies readonly (keyof ResourceTable)[];

/** Written by the API only. */
export interface DesiredColumns {
  readonly name: string | null;
  readonly description: string | null;
  readonly data: string;
  readonly spec: string;
  readonly generation: number;
  readonly delete_requested_at: number | null;
  /** Null for none, which is nearly always. */
  readonly repairs: string | null;
}

/** Written by the kernel only, under its fence. */
export interface StatusColumns {
  readonly status: string;
  readonly conditions: string;
  readonly parts: string;
  readonly observed_generation: number;
  readonly attempted_generation: number;
  readonly status_version: number;
  readonly fence: string | null;
  readonly outcome: string | null;
  readonly next_attempt_at: number | null;
  readonly attempts: number;
  readonly last_error_code: string | null;
  readonly last_error_message: string | null;
  readonly removed: number | null;
}

/** One row a reference field: who names whom. */
export interface ReferenceTable {
  readonly source: string;
  readonly field: string;
  readonly target: string;
}

/** One row a write that moved a resource; `events` is a JSON list. */
export interface HistoryTable {
  readonly n: Generated<number>;
  readonly resource: string;
  readonly events: string;
}

/** The last number drawn, by name. */
export interface SequenceTable {
  readonly name: string;
  readonly last: number;
}

/** Who holds which item of a pool; one item a pool and owner. */
export interface AllocationTable {
  readonly pool: string;
  readonly item: string;
  readonly owner: string;
  /** What a numbered item stands for. */
  readonly number: number | null;
}

/** Stretches of the numbers of a pool of which no number is free that is meant: see full-stretches.ts. */
export interface FullStretchTable {
  readonly pool: string;
  readonly size: number;
  readonly start: number;
  readonly choice: string;
}

/** How much a holder has of a class, and how much of it is claimed. */
export interface CapacityTable {
  readonly holder: string;
  readonly class: string;
  readonly total: number;
  readonly used: number;
}

/** What an owner is charged for. */
export interface ClaimTable {
  readonly owner: string;
  readonly class: string;
  readonly holder: string;
  readonly amount: number;
}

/** What elements of networks, and accounts, have carried; JSON columns hold text. */
export interface TrafficTable {
  readonly owner: string;
  readonly network: string | null;
  readonly carried: string;
  readonly told: string;
  readonly since: number;
  readonly until: number;
}

/** How often a network was read, and when last. */
export interface TrafficReadingTable {
  readonly network: string;
  readonly version: number;
  readonly at: number;
}

/** Requests that are carried out once, however often they are sent. */
export interface KeyedRequestTable {
  readonly account: string;
  readonly key: string;
  readonly digest: string;
  readonly resource: string;
  readonly at: number;
}

/** The audit log. Rows are inserted, get `sequence` and `seal` once, and are deleted when they are old; nothing else. */
export interface AuditTable {
  readonly uuid: string;
  readonly account: string;
  readonly at: number;
  /** An AuditDocument. */
  readonly document: string;
  readonly mac: string;
  readonly sequence: number | null;
  /** An AuditSeal, whose sequence is the column's. */
  readonly seal: string | null;
}

/** Where the chain of each account has got to. */
export interface AuditHeadTable {
  readonly account: string;
  readonly sequence: number;
  readonly chain_hash: string;
}

/** One row a key or login that was used. */
export interface CredentialUseTable {
  readonly resource: string;
  readonly at: number;
}
