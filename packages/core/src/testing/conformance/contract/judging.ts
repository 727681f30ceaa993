import { DriverFailure } from '../../../model/errors.js';
import type { Change, ObjectKey } from '../../../ports/driver.js';
import { demand, Finding, show } from '../finding.js';
import type { Actor } from '../stage/actor.js';
import { describeEnding, type Ending } from '../stage/ending.js';
import type { Stage } from '../stage/stage.js';

/** Takes what a call returned, or fails the check. */
export function endsWell<Value>(ending: Ending<Value>, expected: string): Value {
  if (ending.kind === 'returned') return ending.value;
  throw new Finding(expected, show(describeEnding(ending)));
}

/** Takes the failure a call ended with, or fails the check. */
export function failureOf(ending: Ending<unknown>, expected: string): DriverFailure {
  if (ending.kind === 'failed' && ending.error instanceof DriverFailure) return ending.error;
  throw new Finding(`${expected}, as a DriverFailure`, show(describeEnding(ending)));
}

/** Demands of calls that may fail that they do it properly, and say nothing wrong about the desired state. */
export function onlyFailures(endings: readonly Ending<unknown>[]): void {
  for (const ending of endings) {
    if (ending.kind === 'returned') continue;
    const { outcome } = failureOf(ending, 'a call that does not succeed to fail');
    demand(outcome !== 'invalid', 'a valid desired state not to be called invalid', outcome);
  }
}

/** Takes the first change that a present object needs to become `desired`, or fails the check where none is listed. */
export async function demandChange(
  actor: Actor,
  key: ObjectKey,
  desired: unknown,
): Promise<Change> {
  const [change] = (await actor.present(key, desired)).changes;
  if (change === undefined) throw new Finding('a change', 'none');
  return change;
}

/**
 * Demands one object for `key`. Where the backend can't refuse a second one (`stamped`), further ones must at least be
 * told as duplicates, so that the kernel stops.
 */
export async function demandOne(stage: Stage, actor: Actor, key: ObjectKey): Promise<void> {
  const objects = await stage.objects();
  if (objects.length === 1) {
    await actor.converge(key, stage.spec);
    return;
  }
  const seen = await actor.present(key, stage.spec);
  const told = [seen.external, ...(seen.duplicates ?? [])];
  const complete = told.length === objects.length && objects.length > 1;
  demand(
    actor.driver.traits.identity === 'stamped' && complete,
    'one object for one key, or further ones told as duplicates',
    objects,
  );
}
