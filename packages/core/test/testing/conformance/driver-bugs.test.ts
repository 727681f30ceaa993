import { conform } from '@gdcloud/core/testing';
import t from 'tap';
import { BUGS } from './support/bugs.js';
import { documents } from './support/documents.js';

// A busy machine takes its time.
t.setTimeout(600_000);

// A kit that can't go red is worth nothing.
t.test('each of the seeded bugs is caught, by the check that is about it', async (t) => {
  let caught = 0;
  for (const { name, caughtBy, open } of BUGS) {
    const levels = caughtBy.startsWith('fault-') ? ([2] as const) : ([1] as const);
    const report = await conform(documents(open), { levels, manyObjects: 60 });
    const by = report.failed.map(({ id }) => id);
    if (t.ok(by.includes(caughtBy), `${name}: caught by ${by.join(', ')}`)) caught += 1;
  }
  t.comment(`driver bugs ${caught}/${BUGS.length}`);
  t.ok(caught >= 20);
});
