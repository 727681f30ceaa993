import { asExternalId, type DriverCall, type ExternalId, type ObjectKey } from '@gdcloud/core';
import { isXapiError } from '../client/xapi-error.js';
import type { NetworkRecord, VMRecord } from '../datamodel/records.generated.js';
import type { DriverContext } from './context.js';
import { carries, descriptionOf, queryFor } from './stamp.js';

/** An object of ours as it was found. */
export interface Found<Record> {
  readonly ref: string;
  readonly record: Record;
  readonly external: ExternalId;
}

/** All that was found of one key: the object that counts and what a late call of a replaced process has made beside it. */
export interface Claimants<Record> extends Found<Record> {
  readonly duplicates: readonly Record[];
}

interface Row {
  readonly uuid: string;
  readonly other_config: Readonly<{ readonly [name: string]: string }>;
}

/** How one class of objects is asked for. */
interface Kind<Record extends Row> {
  readonly class: 'VM' | 'network';
  /** The reference of the object with this uuid; XAPI's error when there is none. */
  ref(context: DriverContext, uuid: string, call: DriverCall): Promise<string>;
  /** The object with this reference; XAPI's error when there is none. */
  record(context: DriverContext, ref: string, call: DriverCall): Promise<Record>;
  /** The object with this uuid, if it is known as of `since`. */
  known(context: DriverContext, uuid: string, since: number): Entry<Record> | undefined;
  /** Keeps what the pool answered to a question put at `asked`. */
  keep(context: DriverContext, entry: Entry<Record>, asked: number): void;
  /** The objects that this query finds and that can be ours. */
  where(context: DriverContext, query: string, call: DriverCall): Promise<readonly Entry<Record>[]>;
  /** Of several objects with one key the one whose rank sorts first counts, unless one is recorded. */
  rank(record: Record): string;
}

type Entry<Record> = readonly [ref: string, record: Record];

/** Servers as VMs. One with a life in it wins, then the lowest uuid: any process comes to the same winner. */
export const SERVER: Kind<VMRecord> = {
  class: 'VM',
  known: (context, uuid, since) => context.cache.find('VM', uuid, since),
  keep: ({ cache }, [ref, record], asked) => cache.put('VM', ref, record, asked),
  ref: ({ xapi }, uuid, call) => xapi.read('VM.get_by_uuid', [uuid], call),
  record: ({ xapi }, ref, call) => xapi.read('VM.get_record', [ref], call),
  async where({ xapi }, query, call) {
    const records = await xapi.read('VM.get_all_records_where', [query], call);
    return Object.entries(records).filter(
      ([, record]) => !record.is_a_template && !record.is_a_snapshot,
    );
  },
  rank: (record) => `${record.power_state === 'Halted' ? 1 : 0} ${record.uuid}`,
};

/** Segments as networks. One that a host carries wins, then the lowest uuid. */
export const SEGMENT: Kind<NetworkRecord> = {
  class: 'network',
  known: (context, uuid, since) => context.cache.find('network', uuid, since),
  keep: ({ cache }, [ref, record], asked) => cache.put('network', ref, record, asked),
  ref: ({ xapi }, uuid, call) => xapi.read('network.get_by_uuid', [uuid], call),
  record: ({ xapi }, ref, call) => xapi.read('network.get_record', [ref], call),
  async where({ xapi }, query, call) {
    return Object.entries(await xapi.read('network.get_all_records_where', [query], call));
  },
  rank: segmentRank,
};

/** Sorts the networks of one segment: see {@link SEGMENT}. */
export function segmentRank({ PIFs, uuid }: NetworkRecord): string {
  return `${PIFs.length === 0 ? 1 : 0} ${uuid}`;
}

/** Finds all that carries a key. The recorded object counts as long as it is there, else the one that ranks first. */
export async function findClaimants<Record extends Row>(
  context: DriverContext,
  kind: Kind<Record>,
  key: ObjectKey,
  call: DriverCall,
): Promise<Claimants<Record> | undefined> {
  const known = findKnown(context, kind, key, call);
  if (known !== undefined) return { ...found(known), duplicates: [] };
  const carrying = await findCarrying(context, kind, key, call);
  const recorded =
    carrying.find(([, record]) => record.uuid === key.external) ??
    (await findRecorded(context, kind, key, call));
  const winner = recorded ?? carrying[0];
  if (winner === undefined) return undefined;
  const others = carrying.filter(([ref]) => ref !== winner[0]);
  return { ...found(winner), duplicates: others.map(([, record]) => record) };
}

/** Finds the object that counts, by its uuid where that is known, else by its key. */
export async function findOurs<Record extends Row>(
  context: DriverContext,
  kind: Kind<Record>,
  key: ObjectKey,
  call: DriverCall,
): Promise<Found<Record> | undefined> {
  const winner =
    (await findRecorded(context, kind, key, call)) ??
    (await findCarrying(context, kind, key, call))[0];
  return winner === undefined ? undefined : found(winner);
}

/**
 * Finds the object that is to be removed: the very one that the key names, where it names one. Another with the same
 * key is left alone: it may be the one that stays.
 */
export async function findDoomed<Record extends Row>(
  context: DriverContext,
  kind: Kind<Record>,
  key: ObjectKey,
  call: DriverCall,
): Promise<Found<Record> | undefined> {
  if (key.external === undefined) return findOurs(context, kind, key, call);
  const recorded = await findRecorded(context, kind, key, call);
  return recorded === undefined ? undefined : found(recorded);
}

/**
 * The recorded object from the cache, where nothing else looks like it. Only for looks: what is about to be changed is
 * read from the pool, as a holder of the lock that was replaced learns only there that it was.
 */
function findKnown<Record extends Row>(
  context: DriverContext,
  kind: Kind<Record>,
  key: ObjectKey,
  call: DriverCall,
): Entry<Record> | undefined {
  const { cache, settings, sightings } = context;
  const since = sightings.of(call.fence);
  const entry = key.external === undefined ? undefined : kind.known(context, key.external, since);
  if (entry === undefined) return undefined;
  const carriers = cache.refsDescribed(kind.class, descriptionOf(key));
  const alone = carriers.every((ref) => ref === entry[0]);
  return alone && carries(entry[1], key, settings.deployment) ? entry : undefined;
}

async function findRecorded<Record extends Row>(
  context: DriverContext,
  kind: Kind<Record>,
  { external }: ObjectKey,
  call: DriverCall,
): Promise<Entry<Record> | undefined> {
  if (external === undefined) return undefined;
  const asked = context.cache.moments.next();
  const entry = await orGone(() => findByUuid(context, kind, external, call));
  if (entry !== undefined) kind.keep(context, entry, asked);
  return entry;
}

async function findByUuid<Record extends Row>(
  context: DriverContext,
  kind: Kind<Record>,
  uuid: string,
  call: DriverCall,
): Promise<Entry<Record>> {
  // A reference stays what it is as long as the object is there, so an old one spares a question.
  const known = kind.known(context, uuid, 0)?.[0];
  const record =
    known === undefined ? undefined : await orGone(() => kind.record(context, known, call));
  if (known !== undefined && record !== undefined) return [known, record];
  const ref = await kind.ref(context, uuid, call);
  return [ref, await kind.record(context, ref, call)];
}

/** All objects that carry a key, in the order in which they count. */
export async function findCarrying<Record extends Row>(
  context: DriverContext,
  kind: Kind<Record>,
  key: ObjectKey,
  call: DriverCall,
): Promise<readonly Entry<Record>[]> {
  const asked = context.cache.moments.next();
  const entries = await kind.where(context, queryFor(key), call);
  for (const entry of entries) kind.keep(context, entry, asked);
  return entries
    .filter(([, record]) => carries(record, key, context.settings.deployment))
    .sort(([, left], [, right]) => byText(kind.rank(left), kind.rank(right)));
}

/** Compares texts by their code units: the same everywhere. */
export function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function found<Record extends Row>([ref, record]: Entry<Record>): Found<Record> {
  return { ref, record, external: asExternalId(record.uuid) };
}

/** Runs a read; undefined when what it names is gone. */
export async function orGone<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isXapiError(error, 'HANDLE_INVALID', 'UUID_INVALID')) return undefined;
    throw error;
  }
}
