import t from 'tap';
import { RELATIONS } from '../../dist/datamodel/relations.js';
import { SCHEMA } from '../../dist/datamodel/schema.js';

t.test('every link goes from a reference to a set of references back', async (t) => {
  for (const { one, many } of RELATIONS) {
    const there = SCHEMA.get(one[0])?.fields.get(one[1])?.type;
    const back = SCHEMA.get(many[0])?.fields.get(many[1])?.type;
    t.same(there, { kind: 'ref', class: many[0] }, one.join('.'));
    t.same(back, { kind: 'set', of: { kind: 'ref', class: one[0] } }, many.join('.'));
  }
});

t.test('a set is the other end of one link only', async (t) => {
  const ends = RELATIONS.map(({ many }) => many.join('.'));
  t.equal(new Set(ends).size, ends.length);
});
