import t from 'tap';
import { type Link, nextCollectionStep } from '../../dist/simulator/collection-plan.js';

const base = (uuid: string, parent?: string, blocks = 4): Link => ({
  uuid,
  hidden: true,
  blocks,
  parent,
});
const disk = (uuid: string, parent?: string): Link => ({ ...base(uuid, parent), hidden: false });

t.test('a base that nothing reads from goes, even if nothing may be merged', async (t) => {
  t.same(nextCollectionStep([base('a'), disk('b')], 'keep'), { kind: 'remove', uuid: 'a' });
});

t.test('disks stay, whoever reads from them or not', async (t) => {
  t.same(nextCollectionStep([disk('a'), disk('b', 'a')], 'merge'), { kind: 'done' });
});

t.test('a base that is its parent’s only reader is merged into it', async (t) => {
  const chain = [base('a'), base('b', 'a'), disk('c', 'b'), disk('d', 'b')];
  t.same(nextCollectionStep(chain, 'merge'), {
    kind: 'merge',
    base: 'b',
    parent: 'a',
    children: ['c', 'd'],
  });
  t.same(nextCollectionStep(chain, 'keep'), { kind: 'done' });
  t.same(nextCollectionStep([...chain, disk('e', 'a')], 'merge'), { kind: 'done' });
});

t.test('a base that is larger than its parent stays', async (t) => {
  t.same(nextCollectionStep([base('a'), base('b', 'a', 5), disk('c', 'b')], 'merge'), {
    kind: 'done',
  });
});
