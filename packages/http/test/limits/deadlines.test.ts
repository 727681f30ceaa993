import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { Deadlines } from '../../dist/limits/deadlines.js';

const late = () => new Error('late');

t.test('each piece of work has its own time, and one timer serves all', async (t) => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 1_000);
  const forever = new Promise<never>(() => undefined);
  const first = t.rejects(deadlines.within(forever, late), { message: 'late' });
  clock.advance(600);
  let second: 'running' | 'late' = 'running';
  const over = deadlines.within(forever, late).catch(() => {
    second = 'late';
  });
  const done = await deadlines.within(Promise.resolve('done'), late);
  t.equal(done, 'done');
  t.equal(clock.scheduled, 1);
  clock.advance(400);
  await first;
  t.equal(second, 'running', 'what began later goes on');
  clock.advance(600);
  await over;
  t.equal(second, 'late');
  clock.advance(1_000);
  t.equal(clock.scheduled, 0, 'without work there is nothing to look after');
});

t.test('what fails in time fails as it does', async (t) => {
  const deadlines = new Deadlines(new ManualClock(), 1_000);
  await t.rejects(deadlines.within(Promise.reject(new TypeError('its own')), late), TypeError);
});

t.test('work that fails after it was given up disturbs nobody', async (t) => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 1_000);
  let fail: (error: Error) => void = () => undefined;
  const work = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const limited = t.rejects(deadlines.within(work, late), { message: 'late' });
  clock.advance(1_000);
  await limited;
  fail(new Error('too late to be heard'));
});

t.test('what comes of work that is late is discarded, not lost', async (t) => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 1_000);
  let finish: (result: string) => void = () => undefined;
  const work = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const discarded = new Promise<string>((resolve) => {
    deadlines.within(work, late, resolve).catch(() => undefined);
  });
  clock.advance(1_000);
  finish('a stream that must be closed');
  t.equal(await discarded, 'a stream that must be closed');
});
