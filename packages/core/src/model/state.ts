import { conditionOf } from './condition.js';
import type { Resource } from './resource.js';
import type { ResourceType } from './resource-type.js';

/** The words in which the API family tells where a resource stands (reference/gdapi.md 1.2). */
export interface DerivedState {
  readonly state: string;
  readonly transitioning: 'yes' | 'no' | 'error';
  /** What it waits for or why it failed; null when there is nothing to say. */
  readonly transitioningMessage: string | null;
  /** 0–100 while it moves, else null. */
  readonly transitioningProgress: number | null;
}

/** The states that every type has besides those of its own {@link Lifecycle}. */
export const COMMON_STATES: readonly string[] = ['removing', 'removed', 'error'];

/** Derives the state from conditions and generations. It is computed when read and never stored, so it can't get stuck. */
export function deriveState(type: ResourceType, resource: Resource): DerivedState {
  if (resource.removed !== null) return resting('removed');
  const stalled = conditionOf(resource.conditions, 'Stalled');
  if (stalled?.status === 'True' && stalled.observedGeneration === resource.generation) {
    return {
      state: resource.deleteRequestedAt === null ? 'error' : 'removing',
      transitioning: 'error',
      transitioningMessage: stalled.message,
      transitioningProgress: null,
    };
  }
  if (resource.deleteRequestedAt !== null) return moving('removing', resource);
  return isReady(resource)
    ? resting(type.lifecycle.settled(resource))
    : moving(type.lifecycle.moving(resource), resource);
}

/** Whether the world is as asked: the last pass over this very generation found nothing to do. */
export function isReady(resource: Resource): boolean {
  const ready = conditionOf(resource.conditions, 'Ready');
  return (
    resource.observedGeneration === resource.generation &&
    resource.deleteRequestedAt === null &&
    ready?.status === 'True'
  );
}

function resting(state: string): DerivedState {
  return { state, transitioning: 'no', transitioningMessage: null, transitioningProgress: null };
}

function moving(state: string, resource: Resource): DerivedState {
  return {
    state,
    transitioning: 'yes',
    transitioningMessage: reasonToWait(resource),
    transitioningProgress: progress(resource),
  };
}

function reasonToWait(resource: Resource): string | null {
  for (const type of ['Reconciled', 'Scheduled', 'DependenciesReady', 'Ready'] as const) {
    const condition = conditionOf(resource.conditions, type);
    if (condition !== undefined && condition.status !== 'True') return condition.message;
  }
  return null;
}

function progress(resource: Resource): number {
  const told = conditionOf(resource.conditions, 'Reconciled')?.details?.['progress'];
  if (typeof told === 'number') return Math.max(0, Math.min(99, Math.floor(told)));
  const milestones = ['Scheduled', 'DependenciesReady', 'Ready'] as const;
  const reached = milestones.filter(
    (type) => conditionOf(resource.conditions, type)?.status === 'True',
  );
  const begun = resource.attemptedGeneration === 0 ? 0 : 10;
  return Math.min(90, begun + reached.length * 30);
}
