import { type ConditionType, conditionOf } from '../../model/condition.js';
import type { Resource } from '../../model/resource.js';
import { lastDetails } from './details.js';
import type { ExplainedLock } from './explanation.js';

/** Why one resource does not move on, looked at alone. */
export interface Cause {
  readonly kind: CauseKind;
  /** The backend or hook that it waits for. */
  readonly subject: string | undefined;
  readonly condition: ConditionType;
  readonly reason: string;
  readonly message: string;
}

/** The kinds of causes; each is said, and helped, in its own way. */
export type CauseKind =
  /** No pass has looked at what is asked now. */
  | 'unattempted'
  /** A pass is under way. */
  | 'working'
  /** The next pass follows at once. */
  | 'progress'
  /** A backend can't be reached. */
  | 'backend-away'
  /** A backend still works on an earlier change. */
  | 'backend-busy'
  /** A hook holds it back. */
  | 'hook'
  /** Something it asked for itself was refused: a limit, a resource that has changed. */
  | 'refused'
  /** There is no room, address or tag for it. */
  | 'capacity'
  /** Something it needs is not ready. */
  | 'dependency'
  /** What it waited for is ready; it has not been looked at since. */
  | 'unblocked'
  /** It is being removed, and another one needs it. */
  | 'leaving'
  /** It is there, and another one can't go before it. */
  | 'staying'
  /** It and others wait for each other. */
  | 'cycle'
  /** It failed and is tried again. */
  | 'failing'
  /** It can't work as asked. */
  | 'stalled'
  /** The one who asks may not see it. */
  | 'hidden';

/** Says why a resource that is not as asked does not move on, from its row and its lock. Pure; there is always a cause. */
export function causeOf(resource: Resource, lock: ExplainedLock | null): Cause {
  const { generation, attemptedGeneration, outcome, lastErrorCode, lastErrorMessage } = resource;
  if (attemptedGeneration < generation) {
    return lock === null
      ? cause('unattempted', 'NotAttempted', 'no pass has looked at what is asked now')
      : cause('working', 'Working', 'a pass is looking at it right now');
  }
  const stalled = conditionOf(resource.conditions, 'Stalled');
  if (stalled?.status === 'True' && stalled.observedGeneration === generation) {
    return { ...cause('stalled', stalled.reason, stalled.message), condition: 'Stalled' };
  }
  if (outcome === 'retry') {
    const last = conditionOf(resource.conditions, 'Reconciled');
    return cause(
      'failing',
      lastErrorCode ?? last?.reason ?? 'Failed',
      lastErrorMessage ?? last?.message ?? 'the last pass failed',
    );
  }
  return waitOf(resource, lock);
}

function waitOf(resource: Resource, lock: ExplainedLock | null): Cause {
  const last =
    conditionOf(resource.conditions, 'Reconciled') ?? conditionOf(resource.conditions, 'Ready');
  if (last === undefined) return cause('progress', 'InProgress', 'its last pass did not finish it');
  const { reason, message } = last;
  const { backend, code, hook } = lastDetails(resource);
  switch (reason) {
    case 'WaitingForBackend': {
      const kind = code === undefined ? 'backend-busy' : 'backend-away';
      return { ...cause(kind, code ?? 'BackendBusy', message), subject: backend };
    }
    case 'WaitingForCapacity':
      return capacityOf(resource, message);
    case 'WaitingForDependency':
      if (hook !== undefined) return { ...cause('hook', 'HeldBack', message), subject: hook };
      return code === undefined
        ? cause('dependency', reason, message)
        : cause('refused', code, message);
    default:
      return lock === null
        ? cause('progress', reason, message)
        : cause('working', 'Working', message);
  }
}

function capacityOf(resource: Resource, message: string): Cause {
  const scheduled = conditionOf(resource.conditions, 'Scheduled');
  return scheduled?.status === 'False' && scheduled.message === message
    ? { ...cause('capacity', scheduled.reason, message), condition: 'Scheduled' }
    : cause('capacity', 'WaitingForCapacity', message);
}

/** A cause that the last pass itself speaks of. */
export function cause(kind: CauseKind, reason: string, message: string): Cause {
  return { kind, subject: undefined, condition: 'Reconciled', reason, message };
}
