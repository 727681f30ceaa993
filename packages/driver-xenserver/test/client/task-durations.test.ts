import t from 'tap';
import { TaskDurations } from '../../dist/client/task-durations.js';

t.test('nothing is expected of tasks that are not known, or that take long', (t) => {
  const durations = new TaskDurations();
  t.equal(durations.expect('VM.start_on'), undefined);
  durations.learn('VM.start_on', 'late', 3_000);
  t.equal(durations.expect('VM.start_on'), undefined);
  durations.learn('VBD.plug', 'late', 4);
  t.equal(durations.expect('VBD.plug'), 4);
  t.equal(durations.expect('VBD.unplug'), undefined, 'each kind is its own');
  t.end();
});

t.test('looks come sooner until one is too soon, and then later', (t) => {
  const durations = new TaskDurations();
  const took = 4;
  durations.learn('VM.start_on', 'late', 9);
  let late = 0;
  for (let tasks = 0; tasks < 200; tasks += 1) {
    const look = durations.expect('VM.start_on') ?? 0;
    if (look < took) late += 1;
    durations.learn('VM.start_on', look < took ? 'late' : 'in time', Math.max(look, took) + 1);
  }
  const last = durations.expect('VM.start_on') ?? 0;
  t.ok(last > took / 2 && last < took * 2, `${last} ms`);
  t.ok(late > 0 && late < 120, `${late} of 200 too soon`);
  t.end();
});

t.test('a pool that becomes slow is known to be slow after a few tasks', (t) => {
  const durations = new TaskDurations();
  durations.learn('VM.start_on', 'late', 4);
  for (let tasks = 0; tasks < 10; tasks += 1) durations.learn('VM.start_on', 'late', 2_000);
  t.equal(durations.expect('VM.start_on'), undefined);
  t.end();
});
