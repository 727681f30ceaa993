import type { ResourceId, ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { type DerivedState, deriveState } from '../../model/state.js';
import type { ChangeRecord } from '../../ports/change-records.js';
import type { HistoryEvent } from '../../ports/store.js';
import { mayDo, scopeOf } from '../access.js';
import type { Caller } from '../resources.js';

/** A write that changed what callers see of a resource; and where the resource stood when it was read, or later. */
export interface ResourceChange extends Pick<DerivedState, 'state' | 'transitioning'> {
  readonly type: ResourceType;
  readonly id: ResourceId;
  readonly uuid: ResourceUuid;
  readonly account: ResourceUuid;
  /** Friendly id of the account; null when it is unknown. */
  readonly accountId: ResourceId | null;
  readonly generation: number;
  /** When it was removed; milliseconds since the epoch. */
  readonly removed: number | null;
  /** When it was written, or read where nothing happened; milliseconds since the epoch. */
  readonly at: number;
  /** What happened; empty where only what is observed is another than before. */
  readonly events: readonly HistoryEvent[];
}

/** Which changes somebody wants to hear of, of those they may. */
export interface WantedChanges {
  /** Of these types; of all, where it is absent. */
  readonly types?: ReadonlySet<string> | undefined;
  /** Of the resources with these friendly ids. */
  readonly ids?: ReadonlySet<string> | undefined;
  /** Of this account's resources. */
  readonly account?: ResourceUuid | undefined;
}

/** What a record tells of a resource that was read after it. */
export function changeOf(
  { events }: ChangeRecord,
  type: ResourceType,
  resource: Resource,
  accountId: ResourceId | null,
  now: number,
): ResourceChange {
  const { state, transitioning } = deriveState(type, resource);
  return {
    type,
    id: resource.id,
    uuid: resource.uuid,
    account: resource.account,
    accountId,
    generation: resource.generation,
    state,
    transitioning,
    removed: resource.removed,
    at: events.at(-1)?.at ?? now,
    events,
  };
}

/** Whether a caller may hear of a change: of what they may read, when it is theirs or everyone's (security.md T1). */
export function mayHear(caller: Caller, { type, account }: ResourceChange): boolean {
  const scope = scopeOf(caller);
  const isTheirs =
    scope.kind === 'all' || scope.account === account || type.access.visibleTo === 'everyone';
  return isTheirs && mayDo(caller, type, 'read');
}

/** Whether a change is among those that are wanted. */
export function isWanted(wanted: WantedChanges, change: ResourceChange): boolean {
  return (
    wanted.types?.has(change.type.id) !== false &&
    wanted.ids?.has(change.id) !== false &&
    (wanted.account === undefined || wanted.account === change.account)
  );
}
