import type { RoutineTask } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { RoutineTasks } from '../../dist/kernel/routine-tasks.js';
import { collectingLogger } from '../support/collecting-logger.js';
import { fixedRandom } from '../support/fixed-random.js';
import { deferred, turns } from '../support/turns.js';

function running(...tasks: RoutineTask[]) {
  const clock = new ManualClock();
  const logger = collectingLogger();
  const routine = new RoutineTasks({ tasks, clock, random: fixedRandom(), logger });
  routine.start();
  return { clock, lines: logger.lines, routine };
}

t.test('a task runs at start, and again a while after it ended', async (t) => {
  let runs = 0;
  const { clock, routine } = running({
    name: 'count',
    everyMs: 1_000,
    run: () => {
      runs += 1;
      return Promise.resolve();
    },
  });
  await turns();
  t.equal(runs, 1);
  clock.advance(999);
  await turns();
  t.equal(runs, 1);
  clock.advance(1);
  await turns();
  t.equal(runs, 2);
  await routine.stop();
  clock.advance(10_000);
  await turns();
  t.equal(runs, 2, 'not after it was stopped');
});

t.test('a run that takes long is not joined by another', async (t) => {
  const long = deferred<void>();
  let runs = 0;
  const { clock, routine } = running({
    name: 'long',
    everyMs: 1_000,
    run: () => {
      runs += 1;
      return long.promise;
    },
  });
  await turns();
  clock.advance(59_999);
  await turns();
  t.equal(runs, 1);
  long.resolve();
  await turns();
  await routine.stop();
});

t.test(
  'a run that hangs for ever has failed after a minute, and the task runs again',
  async (t) => {
    const hung = deferred<void>();
    const signals: AbortSignal[] = [];
    const { clock, lines, routine } = running({
      name: 'hanging',
      everyMs: 300_000,
      run: ({ signal }) => {
        signals.push(signal);
        return signals.length === 1 ? hung.promise : Promise.resolve();
      },
    });
    await turns();
    clock.advance(60_000);
    await turns();
    t.equal(signals[0]?.aborted, true, 'it is told');
    t.match(lines, [
      { level: 'warn', data: { task: 'hanging', error: /hanging took longer than 60 s/ } },
    ]);
    clock.advance(3_000);
    await turns();
    t.equal(signals.length, 2);
    t.match(lines[1], { level: 'info', data: { task: 'hanging' } }, 'and it works again');
    hung.reject(new Error('late'));
    await turns();
    t.equal(lines.length, 2, 'how the first one ends is nobody’s to hear');
    clock.advance(299_999);
    await turns();
    t.equal(signals.length, 2, 'back to its interval, once');
    await routine.stop();
    t.equal(clock.scheduled, 0);
  },
);

t.test('a task names its own limit, and may have none', async (t) => {
  const hours = 3_600_000;
  const signals = new Map<string, AbortSignal>();
  const lasting = (name: string, limitMs: number): RoutineTask => ({
    name,
    everyMs: 1_000,
    limitMs,
    run: ({ signal }) => {
      signals.set(name, signal);
      return new Promise(() => undefined);
    },
  });
  const { clock, routine } = running(
    lasting('sweep', 2 * hours),
    lasting('watch', Number.POSITIVE_INFINITY),
  );
  await turns();
  clock.advance(2 * hours - 1);
  t.equal(signals.get('sweep')?.aborted, false);
  clock.advance(1);
  t.equal(signals.get('sweep')?.aborted, true);
  clock.advance(1_000 * hours);
  t.equal(signals.get('watch')?.aborted, false);
  await routine.stop();
  t.equal(signals.get('watch')?.aborted, true, 'and stopping waits for no run that hangs');
});

t.test('a failing task is logged once an episode and tried again soon', async (t) => {
  let fails = true;
  let runs = 0;
  const { clock, lines, routine } = running({
    name: 'shaky',
    everyMs: 60_000,
    run: () => {
      runs += 1;
      return fails ? Promise.reject(new Error('away')) : Promise.resolve();
    },
  });
  await turns();
  clock.advance(3_000);
  await turns();
  t.equal(runs, 2, 'sooner than its interval');
  t.match(lines, [{ level: 'warn', data: { task: 'shaky', error: 'away' } }]);
  t.equal(lines.length, 1);
  fails = false;
  clock.advance(3_000);
  await turns();
  t.match(lines[1], { level: 'info', data: { task: 'shaky' } });
  clock.advance(3_000);
  await turns();
  t.equal(runs, 3, 'back to its interval');
  fails = true;
  clock.advance(60_000);
  await turns();
  t.equal(lines.length, 3, 'the next episode is logged again');
  await routine.stop();
});

t.test('stopping aborts what runs and waits for its end', async (t) => {
  let ended = 'no';
  const { lines, clock, routine } = running({
    name: 'patient',
    everyMs: 1_000,
    run: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended = 'yes';
          reject(new Error('aborted'));
        });
      }),
  });
  await turns();
  await routine.stop();
  t.equal(ended, 'yes');
  t.same(lines, [], 'being stopped is no failure');
  t.equal(clock.scheduled, 0);
});

t.test('many tasks that run for long are no leak of listeners', async (t) => {
  const warnings: string[] = [];
  const hear = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', hear);
  t.teardown(() => process.off('warning', hear));
  const tasks = Array.from({ length: 20 }, (_, n) => ({
    name: `task ${n}`,
    everyMs: 1_000,
    limitMs: n % 2 === 0 ? Number.POSITIVE_INFINITY : 60_000,
    run: () => new Promise<void>(() => undefined),
  }));
  const { routine } = running(...tasks);
  await turns(4);
  t.same(warnings, []);
  await routine.stop();
});
