import { Finding } from '../finding.js';
import type { Actor } from './actor.js';
import type { PointFault, Visit } from './doors.js';
import type { Stage } from './stage.js';

/** One case of {@link atEachPoint}. */
export interface Case<Ending> {
  readonly stage: Stage;
  readonly actor: Actor;
  /** Where the fault struck. */
  readonly visit: Visit;
  readonly ending: Ending;
}

/** More I/O points than one call may have: a driver that reaches them goes round in circles. */
const MOST_POINTS = 500;

/**
 * Makes `fault` strike once at every I/O point that `act` reaches, each time on a new backend, and lets `judge` see what
 * came of it. Returns how many points there are.
 */
export async function atEachPoint<Prepared, Ending>(
  stage: Stage,
  fault: PointFault,
  prepare: (stage: Stage, actor: Actor) => Promise<Prepared>,
  act: (actor: Actor, prepared: Prepared) => Promise<Ending>,
  judge: (one: Case<Ending>, prepared: Prepared) => Promise<void>,
): Promise<number> {
  for (let point = 0; point < MOST_POINTS; point += 1) {
    const scene = await stage.another();
    const actor = scene.open();
    const prepared = await prepare(scene, actor);
    const first = actor.process.visits.length;
    const struck: { visit?: Visit } = {};
    actor.process.plan = (visit) => {
      if (visit.index !== first + point) return undefined;
      struck.visit = visit;
      return fault;
    };
    const ending = await act(actor, prepared);
    const { visit } = struck;
    if (visit === undefined) return point;
    try {
      await judge({ stage: scene, actor, visit, ending }, prepared);
    } catch (thrown) {
      throw thrown instanceof Finding
        ? new Finding(
            thrown.expected,
            `${thrown.seen} (${fault} at ${visit.door}, call ${point + 1})`,
          )
        : thrown;
    }
  }
  throw new Finding(`at most ${MOST_POINTS} I/O points in one call`, 'more');
}
