import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import { stall } from '../model/stall.js';
import type { Outcome, Pass } from '../ports/reconciler.js';

/** How long to wait for a dependency that tells when it moves, in case its word is lost; milliseconds. */
const DEPENDENCY_PAUSE = 10_000;

/** Ends a pass that can't go on before `dependency` is ready, and says so in the resource's conditions. */
export function waitFor<T extends ResourceType>(
  pass: Pass<T>,
  what: string,
  dependency: Resource | undefined,
): Outcome {
  if (dependency === undefined || dependency.deleteRequestedAt !== null) {
    const message = `${what} is ${dependency === undefined ? 'not there' : 'being removed'}`;
    pass.condition({ type: 'DependenciesReady', status: 'False', reason: 'Missing', message });
    const blockers = dependency === undefined ? [] : [dependency.uuid];
    return stall('DependencyMissing', message, { blockers });
  }
  const message = `waiting for ${what}`;
  pass.condition({ type: 'DependenciesReady', status: 'False', reason: 'NotReady', message });
  const blockers = [dependency.uuid];
  return { kind: 'wait', on: 'dependency', afterMs: DEPENDENCY_PAUSE, message, blockers };
}
