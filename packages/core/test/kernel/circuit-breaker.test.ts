import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CircuitBreakers } from '../../dist/kernel/circuit-breaker.js';
import { ambiguous, down, rejected } from '../support/failures.js';
import { fixedRandom } from '../support/fixed-random.js';

const NOW = 1_000_000_000_000;

function breakers(fraction = 0.5): {
  readonly clock: ManualClock;
  readonly breakers: CircuitBreakers;
} {
  const clock = new ManualClock(NOW);
  return { clock, breakers: new CircuitBreakers({ clock, random: fixedRandom(fraction) }) };
}

function opened(fraction?: number): ReturnType<typeof breakers> {
  const made = breakers(fraction);
  for (let count = 0; count < 5; count += 1) made.breakers.failed('pool', down('no route'));
  return made;
}

t.test('four calls in a row that find nobody leave it closed, the fifth opens it', async (t) => {
  const { breakers: made } = breakers();
  for (let count = 0; count < 4; count += 1) made.failed('pool', down());
  t.same(made.admit('pool'), { kind: 'call' });
  made.failed('pool', down());
  t.equal(made.admit('pool').kind, 'wait');
  t.same(made.admit('another'), { kind: 'call' }, 'others are not concerned');
});

t.test('an answer in between starts the count anew, also one that refuses', async (t) => {
  const { breakers: made } = breakers();
  for (let count = 0; count < 4; count += 1) made.failed('pool', down());
  made.failed('pool', rejected());
  for (let count = 0; count < 4; count += 1) made.failed('pool', down());
  t.same(made.admit('pool'), { kind: 'call' });
  made.answered('pool');
  for (let count = 0; count < 4; count += 1) made.failed('pool', down());
  t.same(made.admit('pool'), { kind: 'call' });
});

t.test('what may have happened or not proves nothing', async (t) => {
  const { breakers: made } = breakers();
  for (let count = 0; count < 9; count += 1) made.failed('pool', ambiguous());
  t.same(made.snapshot(), []);
  for (let count = 0; count < 4; count += 1) made.failed('pool', down());
  made.failed('pool', ambiguous());
  made.failed('pool', down());
  t.equal(made.admit('pool').kind, 'wait');
});

t.test('an open one says since when, why, and when the next try is', async (t) => {
  const { breakers: made } = opened();
  t.same(made.admit('pool'), {
    kind: 'wait',
    code: 'Unreachable',
    afterMs: 32_000,
    message: 'pool is away since 2001-09-09T01:46:40Z: no route',
  });
  t.same(made.snapshot(), [
    { backend: 'pool', state: 'open', since: NOW, nextProbeAt: NOW + 30_000, failure: 'no route' },
  ]);
});

t.test('one pass tries after half a minute; who comes meanwhile waits a moment', async (t) => {
  const { breakers: made, clock } = opened();
  clock.advance(29_999);
  t.equal(made.admit('pool').kind, 'wait');
  clock.advance(1);
  t.same(made.admit('pool'), { kind: 'call' });
  t.match(made.snapshot(), [{ state: 'probing', since: NOW }]);
  t.match(made.admit('pool'), { kind: 'wait', afterMs: 2_000 });
  made.answered('pool');
  t.same(made.admit('pool'), { kind: 'call' });
  t.same(made.snapshot(), []);
});

t.test('a try in vain leaves it open since the first time', async (t) => {
  for (const failure of [down('still no route'), ambiguous()]) {
    const { breakers: made, clock } = opened();
    clock.advance(30_000);
    made.admit('pool');
    clock.advance(500);
    made.failed('pool', failure);
    t.match(made.snapshot(), [{ state: 'open', since: NOW }], failure.outcome);
    t.equal(made.admit('pool').kind, 'wait', failure.outcome);
    clock.advance(30_000);
    t.equal(made.admit('pool').kind, 'call', failure.outcome);
  }
});

t.test('a try whose pass died is given to another one', async (t) => {
  const { breakers: made, clock } = opened();
  clock.advance(30_000);
  t.equal(made.admit('pool').kind, 'call');
  clock.advance(29_999);
  t.equal(made.admit('pool').kind, 'wait');
  clock.advance(1);
  t.equal(made.admit('pool').kind, 'call');
});

t.test('a call that began before it opened does not put off the next try', async (t) => {
  const { breakers: made, clock } = opened();
  clock.advance(10_000);
  made.failed('pool', down());
  clock.advance(20_000);
  t.equal(made.admit('pool').kind, 'call');
});

t.test('tries are not on the minute, and who waits is spread', async (t) => {
  for (const [fraction, probe, wait] of [
    [0, 24_000, 24_000],
    [0.999_999, 36_000, 40_000],
  ] as const) {
    const { breakers: made } = opened(fraction);
    t.match(made.snapshot(), [{ nextProbeAt: NOW + probe }]);
    t.match(made.admit('pool'), { afterMs: wait });
  }
});

t.test('a clock that is set moves no try', async (t) => {
  const clock = new ManualClock(NOW);
  let shift = 0;
  const shifted = {
    now: () => clock.now() + shift,
    monotonic: () => clock.monotonic(),
    schedule: clock.schedule.bind(clock),
  };
  const made = new CircuitBreakers({ clock: shifted, random: fixedRandom() });
  for (let count = 0; count < 5; count += 1) made.failed('pool', down());
  shift = 60 * 60_000;
  t.equal(made.admit('pool').kind, 'wait');
  shift = -60 * 60_000;
  clock.advance(30_000);
  t.equal(made.admit('pool').kind, 'call');
});
