import { parseUuid, type ResourceUuid } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { Trails } from '../../../dist/kernel/telemetry/trails.js';

const ONE = uuid('00000000-0000-7000-8000-000000000001');
const TWO = uuid('00000000-0000-7000-8000-000000000002');

function uuid(text: string): ResourceUuid {
  const parsed = parseUuid(text);
  if (parsed === undefined) throw new TypeError(text);
  return parsed;
}

t.test('a trail is taken once, by the resource that it was heard for', (t) => {
  const trails = new Trails(new ManualClock());
  trails.heard(ONE, 'a');
  t.equal(trails.take(TWO), undefined);
  t.same(trails.take(ONE)?.traces, ['a']);
  t.equal(trails.take(ONE), undefined);
  trails.heard(ONE, undefined);
  t.equal(trails.take(ONE), undefined, 'a hint without a trace leaves none');
  t.end();
});

t.test('what is heard while it waits comes along, each once and not without end', (t) => {
  const trails = new Trails(new ManualClock());
  for (const trace of ['a', 'b', 'a', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) trails.heard(ONE, trace);
  t.same(trails.take(ONE)?.traces, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  t.end();
});

t.test('ten minutes later nothing is done for that request any more', (t) => {
  const clock = new ManualClock();
  const trails = new Trails(clock);
  trails.heard(ONE, 'a');
  const trail = trails.take(ONE);
  clock.advance(9 * 60_000);
  trails.resume(ONE, trail);
  t.same(trails.take(ONE), trail);
  clock.advance(2 * 60_000);
  trails.resume(ONE, trail);
  t.equal(trails.take(ONE), undefined);
  t.end();
});
