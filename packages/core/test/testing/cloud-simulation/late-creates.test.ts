import type { Driver } from '@gdcloud/core';
import { simulate } from '@gdcloud/core/testing';
import t from 'tap';
import type { Outside } from '../../../dist/testing/cloud-simulation/outside.js';
import {
  network,
  pause,
  resize,
  restart,
  server,
  wait,
} from '../../../dist/testing/cloud-simulation/scenario.js';
import type {
  SimulationReport,
  Tamper,
} from '../../../dist/testing/cloud-simulation/simulation-options.js';
import { OneFault } from '../../../dist/testing/simulator/fault.js';
import { alone } from './alone.js';
import { type DriverChange, overDatabase, overDrivers } from './sabotage/over-ports.js';

/** How late a call comes the second time follows from the seed, at most five seconds. */
const SEEDS = [1, 2, 3];

const SHRINKING = alone(
  'a server that becomes smaller',
  [
    network('net'),
    server('vm', 'net', '2gb-2cpu'),
    wait('vm'),
    resize('vm', '1gb-1cpu'),
    restart('vm'),
    wait('vm'),
    // Until whatever was sent has come.
    pause(6_000),
  ],
  3_072,
);

/** Starts what it is told to destroy. */
function starting(): DriverChange {
  return <Desired, Actual>(driver: Driver<Desired, Actual>): Driver<Desired, Actual> => {
    let wanted: Desired | undefined;
    return {
      ...driver,
      observe: (key, desired, call) => {
        wanted = desired;
        return driver.observe(key, desired, call);
      },
      delete: (key, call) =>
        wanted === undefined
          ? driver.delete(key, call)
          : driver.update(
              key,
              wanted,
              { field: 'powerState', desired: 'running', actual: 'halted' },
              call,
            ),
    };
  };
}

/** The servers there are, the oldest first: `running 1024, halted 2048`. */
function sightOf({ servers }: Outside): string {
  return [...servers.objects.values()]
    .map(({ actual }) => `${actual.powerState} ${actual.ramSizeMb}`)
    .join(', ');
}

/** A run in which the create of the server arrives twice, and what was to be seen of it, one sight after the other. */
async function createdTwice(
  seed: number,
  tamper?: Tamper,
): Promise<{ readonly report: SimulationReport; readonly sights: readonly string[] }> {
  const sights: string[] = [];
  const report = await simulate({
    seed,
    scenario: SHRINKING,
    kernels: 1,
    faults: new OneFault('servers.make', 1, 'duplicate'),
    troubles: [],
    hooks: 'none',
    prepare: ({ world, outside }) => {
      const { afterStep } = world;
      world.afterStep = () => {
        afterStep();
        const sight = sightOf(outside);
        if (sight !== sights.at(-1)) sights.push(sight);
      };
    },
    rest: 'not watched',
    tamper,
  });
  return { report, sights };
}

t.test('a create that comes again once its server has shrunk takes no room', async (t) => {
  let late = 0;
  for (const seed of SEEDS) {
    const { report, sights } = await createdTwice(seed);
    t.equal(report.violation, undefined, `seed ${seed}: ${sights.join(' | ')}`);
    t.notOk(
      sights.some((sight) => /running.*running/.test(sight)),
      'what it makes is never started',
    );
    t.equal(sights.at(-1), 'running 1024', 'and is discarded');
    if (sights.includes('running 1024, halted 2048')) late += 1;
  }
  t.ok(late > 0, `it came as late as that in ${late} runs`);
});

t.test('memory that is given back while a server has it is missed all the same', async (t) => {
  // Nobody remembers what is charged: the smaller size takes its place at once.
  const forgetful = overDatabase(() => ({ claimOf: async () => undefined }));
  for (const seed of SEEDS) {
    const { report } = await createdTwice(seed, forgetful);
    t.match(
      report.violation,
      { invariant: /^I9 /, message: /has 2048 MiB and is charged for 1024$/ },
      `seed ${seed}`,
    );
  }
});

t.test('what came late counts as soon as it runs', async (t) => {
  for (const seed of SEEDS) {
    const { report, sights } = await createdTwice(seed, overDrivers(starting));
    t.equal(sights.at(-1), 'running 1024, running 2048');
    t.match(
      report.violation,
      { invariant: /^I9 /, message: /has 2048 MiB and is charged for 1024$/ },
      `seed ${seed}`,
    );
  }
});
