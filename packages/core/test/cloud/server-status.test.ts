import t from 'tap';
import { enforcedCondition } from '../../dist/cloud/virtualmachine/server-status.js';
import { withCondition } from '../../dist/model/condition.js';

const gap = { field: 'nics.0', reason: 'the pool is too old' };

t.test('what a backend can not keep is said, with the reason', async (t) => {
  t.same(enforcedCondition([], [gap]), {
    type: 'Enforced',
    status: 'False',
    reason: 'Unsupported',
    message: 'not enforced: nics.0 because the pool is too old',
    details: { fields: ['nics.0'] },
  });
});

t.test('a server that is kept as asked says nothing, unless it was not before', async (t) => {
  t.equal(enforcedCondition([], []), undefined);
  t.equal(enforcedCondition([], undefined), undefined);
  const missing = enforcedCondition([], [gap]);
  if (missing === undefined) throw new Error('nothing was said');
  const before = withCondition([], missing, 1, 0);
  const after = enforcedCondition(before, []);
  t.match(after, { type: 'Enforced', status: 'True' });
  if (after === undefined) throw new Error('nothing was said');
  t.equal(enforcedCondition(withCondition(before, after, 1, 0), []), undefined, 'once is enough');
});
