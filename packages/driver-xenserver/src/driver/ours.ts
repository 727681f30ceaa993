import { asExternalId, type DriverCall, type ExternalId, type ObjectKey } from '@gdcloud/core';
import { isXapiError } from '../client/xapi-error.js';
import type { NetworkRecord, VMRecord } from '../datamodel/records.generated.js';
import type { DriverContext } from './context.js';
import { carries, queryFor } from './stamp.js';

/** An object of ours as it was found. */
export interface Found<Record> {
  readonly ref: string;
  readonly record: Record;
  readonly external: ExternalId;
  /** Others with the same key: what a late call of a replaced process has made. */
  readonly duplicates: readonly Record[];
}

interface Row {
  readonly uuid: string;
  readonly other_config: Readonly<{ readonly [name: string]: string }>;
}

/** Finds a server's VM: by its uuid where that is known, else by its key. */
export async function findServer(
  context: DriverContext,
  key: ObjectKey,
  call: DriverCall,
): Promise<Found<VMRecord> | undefined> {
  const { xapi } = context;
  if (key.external !== undefined) {
    const known = await orGone(async () => {
      const ref = await xapi.read('VM.get_by_uuid', [key.external ?? ''], call);
      return { ref, record: await xapi.read('VM.get_record', [ref], call) };
    });
    if (known !== undefined) return found([[known.ref, known.record]]);
  }
  const records = await xapi.read('VM.get_all_records_where', [queryFor(key)], call);
  const ours = Object.entries(records).filter(
    ([, record]) =>
      carries(record.other_config, key, context.settings.deployment) &&
      !record.is_a_template &&
      !record.is_a_snapshot,
  );
  return found(ours.sort(([, left], [, right]) => byRank(rank(left), rank(right))));
}

/** What was found if it is the very object that `key` names, where it names one: a removal must not fall on another. */
export function only<Record>(
  key: ObjectKey,
  found: Found<Record> | undefined,
): Found<Record> | undefined {
  return key.external === undefined || key.external === found?.external ? found : undefined;
}

/** Finds a segment's network, as {@link findServer} does a server's VM. */
export async function findSegment(
  context: DriverContext,
  key: ObjectKey,
  call: DriverCall,
): Promise<Found<NetworkRecord> | undefined> {
  const { xapi } = context;
  if (key.external !== undefined) {
    const known = await orGone(async () => {
      const ref = await xapi.read('network.get_by_uuid', [key.external ?? ''], call);
      return { ref, record: await xapi.read('network.get_record', [ref], call) };
    });
    if (known !== undefined) return found([[known.ref, known.record]]);
  }
  const records = await xapi.read('network.get_all_records_where', [queryFor(key)], call);
  const ours = Object.entries(records).filter(([, record]) =>
    carries(record.other_config, key, context.settings.deployment),
  );
  return found(ours.sort(([, left], [, right]) => byRank(left.uuid, right.uuid)));
}

/** What runs wins, then the lowest uuid: any process comes to the same winner. */
function rank(record: VMRecord): string {
  return `${record.power_state === 'Running' || record.power_state === 'Paused' ? 0 : 1} ${record.uuid}`;
}

function byRank(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function found<Record extends Row>(
  candidates: readonly (readonly [string, Record])[],
): Found<Record> | undefined {
  const [winner, ...others] = candidates;
  if (winner === undefined) return undefined;
  const [ref, record] = winner;
  return {
    ref,
    record,
    external: asExternalId(record.uuid),
    duplicates: others.map(([, other]) => other),
  };
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
