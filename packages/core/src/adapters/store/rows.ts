import type { Selectable } from 'kysely';
import { asFence, asId, asUuid } from '../../model/identity.js';
import type { Desired, Observed, Resource } from '../../model/resource.js';
import type { DesiredColumns, ResourceTable, StatusColumns } from './schema.js';

/** Reads a row. Our own writes are the only source of its JSON, so its shape is taken on trust. */
export function readResource(row: Selectable<ResourceTable>): Resource {
  return {
    uuid: asUuid(row.uuid),
    type: row.type,
    id: asId(row.id),
    account: asUuid(row.account),
    naturalKey: row.natural_key,
    created: row.created,
    ...readDesired(row),
    ...readObserved(row),
  };
}

/** Reads the desired columns of a row. */
export function readDesired(row: Selectable<DesiredColumns>): Desired {
  return {
    name: row.name,
    description: row.description,
    data: JSON.parse(row.data) as Desired['data'],
    spec: JSON.parse(row.spec) as Desired['spec'],
    generation: row.generation,
    deleteRequestedAt: row.delete_requested_at,
    repairs: row.repairs === null ? [] : (JSON.parse(row.repairs) as Desired['repairs']),
  };
}

function readObserved(row: Selectable<StatusColumns>): Observed {
  return {
    status: JSON.parse(row.status) as Observed['status'],
    conditions: JSON.parse(row.conditions) as Observed['conditions'],
    parts: JSON.parse(row.parts) as Observed['parts'],
    observedGeneration: row.observed_generation,
    attemptedGeneration: row.attempted_generation,
    statusVersion: row.status_version,
    fence: row.fence === null ? null : asFence(row.fence),
    outcome: row.outcome as Observed['outcome'],
    nextAttemptAt: row.next_attempt_at,
    attempts: row.attempts,
    lastErrorCode: row.last_error_code,
    lastErrorMessage: row.last_error_message,
    removed: row.removed,
  };
}
