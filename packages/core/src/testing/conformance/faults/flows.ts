import type { ObjectKey } from '../../../ports/driver.js';
import { demand, Finding, show } from '../finding.js';
import type { Actor } from '../stage/actor.js';
import type { Stage } from '../stage/stage.js';
import { type Goal, type Ledger, pursue, type Walk } from './reference-caller.js';

/** A part of an object's life, during which faults strike. */
export interface Flow {
  readonly name: 'create' | 'change' | 'delete';
  /** In one word more: what the caller is about. */
  readonly about: string;
}

export const FLOWS: readonly Flow[] = [
  { name: 'create', about: 'makes an object' },
  { name: 'change', about: 'changes an object' },
  { name: 'delete', about: 'removes an object' },
];

/** A flow on a stage, ready to run. */
export interface Run {
  readonly stage: Stage;
  readonly key: ObjectKey;
  readonly goal: Goal;
  readonly ledger: Ledger;
  /** What there was before. */
  readonly external: string | undefined;
}

/** What an object is like after a flow. */
export interface Outcome {
  readonly actual: unknown;
}

/** How many cases of a flow there are: one for each desired state, or change, to try. */
export function casesOf(flow: Flow, stage: Stage): number {
  return flow.name === 'change' ? stage.specs.changes.length : stage.specs.valid.length;
}

/** Leads up to a flow, without faults. */
export async function begin(flow: Flow, stage: Stage, index: number): Promise<Run> {
  const key = stage.key();
  const ledger: Ledger = { record: undefined };
  const [from, to] =
    flow.name === 'change'
      ? (stage.specs.changes[index] ?? [])
      : [stage.specs.valid[index], stage.specs.valid[index]];
  let external: string | undefined;
  if (flow.name !== 'create') {
    await pursue(stage.open(), key, { kind: 'as', desired: from }, ledger, stage.time);
    external = (await stage.open().present(key, from)).external;
  }
  const goal: Goal = flow.name === 'delete' ? { kind: 'gone' } : { kind: 'as', desired: to };
  return { stage, key, goal, ledger, external };
}

/** Lets a caller in `actor` go for the goal. */
export function walk(run: Run, actor: Actor): Promise<Walk> {
  return pursue(actor, run.key, run.goal, run.ledger, run.stage.time);
}

/**
 * Lets fresh processes finish what was begun, and demands the outcome of a run without faults: one object as asked or
 * none, the same object as before, and nothing left after it was deleted. Tells what the object was like before that,
 * if a process that came by found nothing left to do.
 */
export async function finish(run: Run): Promise<Outcome | undefined> {
  const { stage, goal, external, key } = run;
  if (goal.kind === 'as' && external !== undefined) {
    const objects = await stage.objects();
    demand(objects.includes(external), `the object to be there all the time: ${external}`, objects);
  }
  const ending = await walk(run, stage.open());
  const witness = stage.open();
  if (ending.kind === 'stalled' && ending.code === 'DuplicateExternal') {
    demand(
      witness.driver.traits.identity === 'stamped',
      'one object for one key',
      await stage.objects(),
    );
    return undefined;
  }
  if (ending.kind !== 'reached') {
    throw new Finding('a new process to finish what was begun', show(ending));
  }
  const epoch = run.ledger.record?.epoch ?? 1;
  let outcome: Outcome | undefined;
  if (goal.kind === 'as') {
    await stage.holds(1, 'exactly one object');
    const found = await witness.observe({ ...key, epoch }, goal.desired);
    const rests = found.presence === 'present' && found.changes.length === 0 && found.busy !== true;
    const seen = rests ? found : await witness.converge({ ...key, epoch }, goal.desired);
    if (external !== undefined) {
      demand(seen.external === external, `the same object as before: ${external}`, seen.external);
    }
    // Of the object that was asked for first: another one in its place is for whoever compares to find.
    if (rests && epoch === 1) outcome = { actual: seen.actual ?? null };
    const farewell = await walk({ ...run, goal: { kind: 'gone' } }, witness);
    if (farewell.kind !== 'reached') throw new Finding('the object to go', show(farewell));
  }
  await stage.holds(0, 'nothing to be left once the object was deleted');
  const listed = await stage.open().list();
  demand(listed.length === 0, 'an empty list once the object was deleted', listed);
  return outcome;
}
