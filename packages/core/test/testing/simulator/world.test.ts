import t from 'tap';
import { FAULTS, type Fault, noFaults, OneFault } from '../../../dist/testing/simulator/fault.js';
import type { Process } from '../../../dist/testing/simulator/process.js';
import { throughPoints } from '../../../dist/testing/simulator/through-points.js';
import { World, type WorldOptions } from '../../../dist/testing/simulator/world.js';

const ALL: ReadonlySet<Fault> = new Set(FAULTS);
const MINUTE = 60_000;

class Counter {
  count = 0;
  add(amount: number): Promise<number> {
    this.count += amount;
    return Promise.resolve(this.count);
  }
}

function counterSeenBy(world: World, process: Process, counter: Counter): Counter {
  return throughPoints(world, process, counter, {
    name: 'counter',
    possible: () => ALL,
    failure: (fault) => new Error(fault),
    patienceMs: 30_000,
  });
}

interface Life {
  readonly told: string[];
  readonly world: World;
  readonly counter: Counter;
  readonly process: Process;
}

async function live(options: Partial<WorldOptions>, calls = 3): Promise<Life> {
  const world = new World({ seed: 1, trace: 'entries', ...options });
  const process = world.spawn('one');
  const counter = new Counter();
  const seen = counterSeenBy(world, process, counter);
  const told: string[] = [];
  const script = async (): Promise<void> => {
    for (let call = 0; call < calls; call += 1) {
      try {
        told.push(`counted ${await seen.add(1)}`);
      } catch (thrown) {
        told.push(thrown instanceof Error ? thrown.message : 'nonsense');
      } finally {
        told.push('finally');
      }
    }
  };
  void script();
  await world.until(() => false, world.now + 5 * MINUTE);
  return { told, world, counter, process };
}

function said(life: Life): readonly string[] {
  return life.told.filter((line) => line !== 'finally');
}

t.test('without faults every call has its effect and is answered', async (t) => {
  const life = await live({ faults: noFaults });
  t.same(said(life), ['counted 1', 'counted 2', 'counted 3']);
});

t.test('a process killed before a call leaves no effect and runs no line more', async (t) => {
  const life = await live({ faults: new OneFault('counter.add', 2, 'crash-before') });
  t.same(life.told, ['counted 1', 'finally']);
  t.equal(life.counter.count, 1);
});

t.test('a process killed after a call leaves the effect and runs no line more', async (t) => {
  const life = await live({ faults: new OneFault('counter.add', 2, 'crash-after') });
  t.same(life.told, ['counted 1', 'finally']);
  t.equal(life.counter.count, 2);
});

t.test('a lost reply has its effect and is told as an error', async (t) => {
  const life = await live({ faults: new OneFault('counter.add', 2, 'lost-reply') });
  t.same(said(life), ['counted 1', 'lost-reply', 'counted 3']);
});

t.test('a clean error has no effect', async (t) => {
  const life = await live({ faults: new OneFault('counter.add', 2, 'error') });
  t.same(said(life), ['counted 1', 'error', 'counted 2']);
});

t.test(
  'a call that hangs has no effect and is given up after the patience of its port',
  async (t) => {
    const life = await live({ faults: new OneFault('counter.add', 2, 'hang') });
    t.same(said(life), ['counted 1', 'lost-reply', 'counted 2']);
  },
);

t.test('a duplicated call has its effect twice and is answered once', async (t) => {
  const life = await live({ faults: new OneFault('counter.add', 3, 'duplicate') });
  t.equal(life.told.length, 6);
  t.equal(life.counter.count, 4);
});

t.test('a zombie stands still for longer than a session and then goes on', async (t) => {
  const lost: string[] = [];
  const world = new World({ seed: 3, faults: new OneFault('counter.add', 2, 'zombie') });
  world.onSessionLoss = (process, kind) => lost.push(`${process.name} ${kind}`);
  const process = world.spawn('one');
  const counter = new Counter();
  const seen = counterSeenBy(world, process, counter);
  const moments: number[] = [];
  const script = async (): Promise<void> => {
    for (let call = 0; call < 3; call += 1) {
      await seen.add(1);
      moments.push(world.now);
    }
  };
  void script();
  await world.until(() => false, world.now + 5 * MINUTE);
  t.same(lost, ['one paused']);
  const [first = 0, second = 0] = moments;
  t.ok(second - first >= 15_000);
  t.equal(counter.count, 3);
});

t.test('what a dead process had scheduled does not happen', async (t) => {
  const world = new World({ seed: 1 });
  const process = world.spawn('one');
  let fired = 0;
  process.clock.schedule(1_000, () => (fired += 1));
  world.clock.schedule(500, () => process.kill());
  t.equal(await world.until(() => false, world.now + MINUTE), 'idle');
  t.equal(fired, 0);
});

t.test('the same seed gives the same run, another seed another one', async (t) => {
  const hashOf = async (seed: number): Promise<string> => {
    const world = new World({ seed });
    const counter = new Counter();
    const processes = ['one', 'two', 'three'].map((name) => world.spawn(name));
    for (const process of processes) {
      const seen = counterSeenBy(world, process, counter);
      const script = async (): Promise<void> => {
        for (let call = 0; call < 5; call += 1) await seen.add(1);
      };
      void script();
    }
    await world.until(() => false, world.now + MINUTE);
    return world.trace.hash;
  };
  t.equal(await hashOf(7), await hashOf(7));
  t.not(await hashOf(7), await hashOf(8));
});

t.test('coverage is told of each call with the line it came from', async (t) => {
  const sites: string[] = [];
  await live({
    coverage: {
      visited: (label, stack) => {
        sites.push(`${label} ${stack.some(({ file }) => file.endsWith('world.test.js'))}`);
        return label;
      },
      struck: () => undefined,
    },
  });
  t.same(sites, ['counter.add true', 'counter.add true', 'counter.add true']);
});
