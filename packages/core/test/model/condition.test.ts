import { conditionOf } from '@gdcloud/core';
import t from 'tap';
import { withCondition } from '../../dist/model/condition.js';
import { condition } from '../support/resources.js';

const ready = {
  type: 'Ready',
  status: 'False',
  reason: 'Away',
  message: 'the backend is away',
} as const;

t.test('a first statement is dated now', async (t) => {
  t.same(withCondition([], ready, 3, 500), [
    { ...ready, observedGeneration: 3, lastTransitionTime: 500 },
  ]);
});

t.test('a repeated statement changes nothing, and says so by being the same array', async (t) => {
  const known = withCondition([], ready, 3, 500);
  t.equal(withCondition(known, ready, 3, 900), known);
});

t.test(
  'another reason or message with the same status does not move the transition time',
  async (t) => {
    const known = withCondition([], ready, 3, 500);
    const other = withCondition(known, { ...ready, reason: 'Full', message: 'no space' }, 4, 900);
    t.match(other, [{ reason: 'Full', observedGeneration: 4, lastTransitionTime: 500 }]);
  },
);

t.test('the transition time moves exactly when the status changes', async (t) => {
  const known = withCondition([], ready, 3, 500);
  const after = withCondition(known, { ...ready, status: 'True' }, 3, 900);
  t.match(after, [{ status: 'True', lastTransitionTime: 900 }]);
  t.match(withCondition(after, { ...ready, status: 'Unknown' }, 3, 950), [
    { lastTransitionTime: 950 },
  ]);
});

t.test('other conditions keep their place', async (t) => {
  const known = [condition({ type: 'Scheduled' }), condition(), condition({ type: 'Stalled' })];
  const after = withCondition(known, ready, 1, 900);
  t.same(
    after.map(({ type }) => type),
    ['Scheduled', 'Ready', 'Stalled'],
  );
  t.equal(after[0], known[0]);
  t.equal(known[1]?.status, 'True', 'the array it was given is not touched');
});

t.test('a condition is found by type, and what nothing is known of is undefined', async (t) => {
  t.match(conditionOf([condition()], 'Ready'), { status: 'True' });
  t.equal(conditionOf([condition()], 'Stalled'), undefined);
});
