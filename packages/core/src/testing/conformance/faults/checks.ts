import { SeededRandom } from '../../simulator/seeded-random.js';
import { type Check, notApplicable, type Theme, WRITTEN } from '../check.js';
import { demandSame, Finding, same } from '../finding.js';
import type { PointFault, Visit } from '../stage/doors.js';
import type { Stage } from '../stage/stage.js';
import { begin, casesOf, FLOWS, type Flow, finish, type Outcome, type Run, walk } from './flows.js';
import { pursue } from './reference-caller.js';

/** What strikes, and what is to be seen all the same. */
const FAULT_RULES: readonly (readonly [PointFault, string])[] = [
  ['crash-before', 'killed before any I/O point takes effect'],
  ['crash-after', 'killed after any I/O point took effect'],
  ['lost-reply', 'told of a lost reply at any I/O point'],
  ['error', 'refused at any I/O point'],
  ['hang', 'left without an answer at any I/O point'],
  ['zombie', 'paused at any I/O point and woken after its successor is done'],
];

const POINT_FAULTS: readonly PointFault[] = FAULT_RULES.map(([fault]) => fault);

const MOST_POINTS = 2_000;
const MOST_PAIRS = 150;
const SWARM_RUNS = 100;

export const faults: Theme = {
  name: 'faults',
  checks: [
    ...FLOWS.map(reaching),
    ...FLOWS.flatMap((flow) =>
      FAULT_RULES.map(
        ([fault, event]): Check => ({
          id: `fault-${flow.name}-${fault}`,
          rule: `A process that ${flow.about} and is ${event} does no harm: the outcome is the one without faults.`,
          where: WRITTEN.faults,
          reach: 'fakes',
          run: (stage) => singles(stage, flow, fault),
        }),
      ),
    ),
    ...FLOWS.filter(({ name }) => name !== 'delete').map(sameOutcome),
    ...FLOWS.map(unrecorded),
    ...FLOWS.map(outage),
    ...FLOWS.map(pairs),
    {
      id: 'fault-swarm',
      rule: 'Whatever mixture of faults strikes an object’s life, once they end the outcome is the one without.',
      where: WRITTEN.faults,
      reach: 'fakes',
      run: swarm,
    },
  ],
};

// Runs first: tells how many points there are for the others to strike.
function reaching(flow: Flow): Check {
  return {
    id: `fault-${flow.name}-reaches-points`,
    rule: 'The kit sees the I/O of a driver, so that it can crash it there.',
    where: 'DriverProcess.io (core/testing)',
    reach: 'fakes',
    async run(stage) {
      for (let index = 0; index < applicable(flow, stage); index += 1) {
        const scene = await stage.another();
        const run = await begin(flow, scene, index);
        const actor = scene.open();
        await walk(run, actor);
        for (const visit of actor.process.visits) {
          stage.theatre.coverage.reach(pointOf(flow, index, visit));
        }
        if (actor.process.visits.length === 0) {
          throw new Finding('I/O through doors that were handed to io()', 'none');
        }
        await finish(run);
      }
    },
  };
}

/** A fault, and at which I/O point of a run it strikes. */
interface Stroke {
  readonly fault: PointFault;
  readonly point: number;
}

function strokeOf(flow: Flow, index: number, { fault, point }: Stroke): string {
  return `${flow.name} ${index} ${fault} ${point}`;
}

async function singles(stage: Stage, flow: Flow, fault: PointFault): Promise<void> {
  for (let index = 0; index < applicable(flow, stage); index += 1) {
    for (let point = 0; point < MOST_POINTS; point += 1) {
      const scene = await stage.another();
      const run = await begin(flow, scene, index);
      const visit = await strike(run, fault, point);
      if (visit === undefined) break;
      const outcome = await saying(
        `${fault} at ${visit.door}, I/O point ${point + 1} of ${flow.name}`,
        () => finish(run),
      );
      stage.theatre.coverage.strike(fault, pointOf(flow, index, visit));
      if (outcome !== undefined) {
        stage.theatre.outcomes.set(strokeOf(flow, index, { fault, point }), outcome);
      }
      await scene.close();
    }
  }
}

/** Runs a flow with one fault at its `point`-th I/O point; tells where that was, or that there is no such point. */
async function strike(run: Run, fault: PointFault, point: number): Promise<Visit | undefined> {
  const struck: { visit?: Visit } = {};
  const actor = run.stage.open((visit) => {
    if (visit.index !== point) return undefined;
    struck.visit = visit;
    return fault;
  });
  const ending = await saying(`${fault} at I/O point ${point + 1}`, () => walk(run, actor));
  if (ending.kind === 'paused') {
    // The successor takes over, and only then does the zombie wake.
    await saying(`zombie at I/O point ${point + 1}`, () => walk(run, run.stage.open()));
    await ending.resume();
  }
  return struck.visit;
}

// The oracle of Sieve: not only is nothing left to change, the object is as it would have been.
function sameOutcome(flow: Flow): Check {
  return {
    id: `fault-${flow.name}-same-outcome`,
    rule: `What a process ${flow.about} leaves after a crash or a lost reply is what it leaves without.`,
    where: WRITTEN.faults,
    reach: 'fakes',
    async run(stage) {
      for (let index = 0; index < applicable(flow, stage); index += 1) {
        const wanted = await outcomeOf(stage, flow, index, undefined);
        if (!same(await outcomeOf(stage, flow, index, undefined), wanted)) {
          notApplicable('two runs without faults leave different objects');
        }
        for (const fault of ['crash-after', 'lost-reply'] as const) {
          for (let point = 0; point < MOST_POINTS; point += 1) {
            const stroke = { fault, point };
            // The check of the fault itself has mostly left the same object already.
            const seen =
              stage.theatre.outcomes.get(strokeOf(flow, index, stroke)) ??
              (await outcomeOf(stage, flow, index, stroke));
            if (seen === undefined) break;
            demandSame(
              seen.actual,
              wanted?.actual,
              `after ${fault} at I/O point ${point + 1}, the object as without`,
            );
          }
        }
      }
    },
  };
}

/** What a flow leaves; undefined when it has no such I/O point. */
async function outcomeOf(
  stage: Stage,
  flow: Flow,
  index: number,
  faulty: Stroke | undefined,
): Promise<Outcome | undefined> {
  const scene = await stage.another();
  const run = await begin(flow, scene, index);
  const visit = faulty === undefined ? undefined : await strike(run, faulty.fault, faulty.point);
  if (faulty !== undefined && visit === undefined) return undefined;
  await walk(run, scene.open());
  const { goal, key } = run;
  const desired = goal.kind === 'as' ? goal.desired : undefined;
  const seen = await scene.open().present(key, desired);
  await scene.close();
  return { actual: seen.actual ?? null };
}

function unrecorded(flow: Flow): Check {
  return {
    id: `fault-${flow.name}-unrecorded`,
    rule: `A caller that ${flow.about} and dies before it records that does no harm.`,
    where: WRITTEN.faults,
    reach: 'fakes',
    async run(stage) {
      for (let index = 0; index < applicable(flow, stage); index += 1) {
        const scene = await stage.another();
        const run = await begin(flow, scene, index);
        await pursue(scene.open(), run.key, run.goal, run.ledger, scene.time, 'before-record');
        await finish(run);
      }
    },
  };
}

function outage(flow: Flow): Check {
  return {
    id: `fault-${flow.name}-outage`,
    rule: `A process that ${flow.about} and loses its backend at any I/O point goes on when it is back.`,
    where: WRITTEN.faults,
    reach: 'fakes',
    async run(stage) {
      if (stage.backend.down === undefined) notApplicable('the backend can’t be cut off');
      for (let index = 0; index < applicable(flow, stage); index += 1) {
        for (let point = 0; point < MOST_POINTS; point += 1) {
          const scene = await stage.another();
          const run = await begin(flow, scene, index);
          const struck: { visit?: Visit } = {};
          const actor = scene.open((visit) => {
            if (visit.index === point) {
              struck.visit = visit;
              scene.backend.down?.();
              scene.time.clock.schedule(5_000, () => scene.backend.up?.());
            }
            return undefined;
          });
          await saying(`backend away from I/O point ${point + 1} on`, () => walk(run, actor));
          if (struck.visit === undefined) break;
          await scene.time.wait(5_000);
          await saying(`backend away from I/O point ${point + 1} on`, () => finish(run));
          await scene.close();
        }
      }
    },
  };
}

function pairs(flow: Flow): Check {
  return {
    id: `fault-${flow.name}-crashes-twice`,
    rule: `A process that ${flow.about} and its successor may both be killed, anywhere.`,
    where: WRITTEN.faults,
    reach: 'fakes',
    async run(stage) {
      applicable(flow, stage);
      const points = await lengthOf(stage, flow);
      const all = Array.from({ length: points * points }, (_, pair) => pair);
      // All pairs where there are few, an even sample of them where there are many.
      const stride = Math.max(1, all.length / MOST_PAIRS);
      for (let nth = 0; nth < all.length; nth += stride) {
        const pair = Math.floor(nth);
        const [first, second] = [Math.floor(pair / points), pair % points];
        const scene = await stage.another();
        const run = await begin(flow, scene, 0);
        await strike(run, 'crash-after', first);
        await strike(run, 'crash-after', second);
        await saying(`killed at I/O points ${first + 1} and ${second + 1}`, () => finish(run));
        await scene.close();
      }
    },
  };
}

/** How many I/O points the first case of a flow has. */
async function lengthOf(stage: Stage, flow: Flow): Promise<number> {
  const scene = await stage.another();
  const run = await begin(flow, scene, 0);
  const actor = scene.open();
  await walk(run, actor);
  return actor.process.visits.length;
}

async function swarm(stage: Stage): Promise<void> {
  for (let seed = 1; seed <= SWARM_RUNS; seed += 1) {
    const random = new SeededRandom(seed);
    // Each run draws how bad its world is, so that some are nearly quiet and some are hardly bearable.
    const badness = random.fraction() * 0.3;
    const flow = random.pick(FLOWS.filter((one) => casesOf(one, stage) > 0));
    const scene = await stage.another();
    const run = await begin(flow, scene, random.below(casesOf(flow, stage)));
    const possible = POINT_FAULTS.filter((fault) => fault !== 'zombie');
    await saying(`swarm, seed ${seed}`, async () => {
      for (let life = 0; life < 6; life += 1) {
        let left = 8;
        const actor = scene.open(() => {
          if (left === 0 || random.fraction() >= badness) return undefined;
          left -= 1;
          return random.pick(possible);
        });
        const ending = await walk(run, actor);
        if (ending.kind === 'reached') break;
      }
      await finish(run);
    });
    await scene.close();
  }
}

async function saying<Result>(circumstance: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw thrown instanceof Finding
      ? new Finding(thrown.expected, `${thrown.seen} (${circumstance})`)
      : thrown;
  }
}

function applicable(flow: Flow, stage: Stage): number {
  const cases = casesOf(flow, stage);
  return cases > 0 ? cases : notApplicable('no changes are given: the objects never change');
}

function pointOf(flow: Flow, index: number, visit: Visit): string {
  return `${flow.name} ${index} ${visit.index} ${visit.door}`;
}
