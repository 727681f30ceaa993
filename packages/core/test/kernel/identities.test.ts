import { parseUuid } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { IdentitySource } from '../../dist/kernel/identities.js';
import { childUuid } from '../../dist/model/child-uuid.js';
import { fixedRandom } from '../support/fixed-random.js';
import { uuid } from '../support/resources.js';

t.test('identities are uuids of version 7 with the moment in front', async (t) => {
  const clock = new ManualClock(0x0123_4567_89ab);
  const made = new IdentitySource(clock, fixedRandom()).next();
  t.equal(parseUuid(made), made);
  t.match(made, /^01234567-89ab-7[0-9a-f]{3}-[89ab]/);
});

t.test(
  'each is greater than all before it: within a millisecond, across them, and when time is put back',
  async (t) => {
    const clock = new ManualClock();
    const identities = new IdentitySource(clock, fixedRandom());
    const made = [];
    for (let round = 0; round < 20; round += 1) {
      for (let n = 0; n < 200; n += 1) made.push(identities.next());
      if (round === 10) clock.jump(clock.now() - 3_600_000);
      else clock.advance(round % 3);
    }
    t.same(made, made.toSorted());
    t.equal(new Set(made).size, 4_000);
  },
);

t.test('a child’s identity follows from its parent and role', async (t) => {
  const child = childUuid(uuid(1), 'root');
  t.equal(childUuid(uuid(1), 'root'), child, 'whoever asks and however often');
  t.equal(parseUuid(child), child);
  t.not(childUuid(uuid(1), 'data'), child);
  t.not(childUuid(uuid(2), 'root'), child);
  t.match(child, /^00000000-0000-8[0-9a-f]{3}-a/, 'it sorts next to its parent');
});
