import { conditionOf } from '../../model/condition.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import { type Cause, cause } from './cause.js';
import { lastDetails } from './details.js';

/** The resources that `resource` waits for, as its last pass said; none when that pass looked at something older. */
export function blockersOf(resource: Resource): readonly ResourceUuid[] {
  return resource.attemptedGeneration < resource.generation ? [] : lastDetails(resource).blockers;
}

/** Where the search for the root goes on. */
export type NextBlocker =
  /** There, and it may wait for others itself. */
  | { readonly kind: 'follow'; readonly blocker: Resource }
  /** There, and it waits for nobody: it is the root. */
  | { readonly kind: 'end'; readonly blocker: Resource; readonly cause: Cause }
  /** All that blocks has been seen on the way. */
  | { readonly kind: 'cycle' }
  /** Nothing blocks any more. */
  | { readonly kind: 'none' };

/**
 * Chooses which blocker to look into: of several, the one that moves least by itself. `seen` are those on the way so
 * far. Pure.
 */
export function nextBlocker(
  waiting: Resource,
  blockers: readonly Resource[],
  seen: ReadonlySet<ResourceUuid>,
): NextBlocker {
  const leaves = waiting.deleteRequestedAt !== null;
  const blocking = blockers.filter(
    (blocker) => blocker.removed === null && (leaves || !isReady(blocker)),
  );
  const [blocker] = blocking
    .filter(({ uuid }) => !seen.has(uuid))
    .toSorted((left, right) => inertia(right, waiting) - inertia(left, waiting));
  if (blocker === undefined) return { kind: blocking.length === 0 ? 'none' : 'cycle' };
  const name = `${blocker.type} ${blocker.id}`;
  if (leaves && blocker.deleteRequestedAt === null) {
    const message = `${name} is still there, and nobody has asked for its removal`;
    return {
      kind: 'end',
      blocker,
      cause: { ...cause('staying', 'StillThere', message), condition: 'Deleting' },
    };
  }
  if (!leaves && blocker.deleteRequestedAt !== null) {
    return {
      kind: 'end',
      blocker,
      cause: {
        ...cause('leaving', 'BeingRemoved', `${name} is being removed`),
        condition: 'Deleting',
      },
    };
  }
  return { kind: 'follow', blocker };
}

function inertia(blocker: Resource, waiting: Resource): number {
  // Nobody has asked for it to go, or it goes for good: time alone changes neither.
  if ((blocker.deleteRequestedAt === null) !== (waiting.deleteRequestedAt === null)) return 4;
  if (conditionOf(blocker.conditions, 'Stalled')?.status === 'True') return 3;
  if (blocker.outcome === 'retry') return 2;
  return blocker.outcome === 'wait' ? 1 : 0;
}
