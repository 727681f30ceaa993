import { parseUuid, type ResourceUuid } from '../../model/identity.js';
import type { JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { network } from './network.js';

/** Why something is left out of a network's document. */
export interface Conflict {
  /** The generation of it that was left out. */
  readonly generation: number;
  readonly message: string;
  /** The older one that is in its way. */
  readonly with: ResourceUuid;
}

/** What is left out of a document, by uuid. */
export type Conflicts = ReadonlyMap<ResourceUuid, Conflict>;

/** Conflicts as a network's row keeps them. */
export function writeConflicts(conflicts: Conflicts): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries([...conflicts].map(([uuid, conflict]) => [uuid, { ...conflict }]));
}

/** What a network's row says of one that it leaves out. */
export function conflictOf(
  { status }: Resource<typeof network>,
  uuid: ResourceUuid,
): Conflict | undefined {
  const { [uuid]: kept } = status.conflicts ?? {};
  if (typeof kept !== 'object' || kept === null || !('generation' in kept)) return undefined;
  const { generation, message, with: other } = kept;
  const older = typeof other === 'string' ? parseUuid(other) : undefined;
  return typeof generation === 'number' && typeof message === 'string' && older !== undefined
    ? { generation, message, with: older }
    : undefined;
}
