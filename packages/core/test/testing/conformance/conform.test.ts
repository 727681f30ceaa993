import { CHECKS, conform } from '@gdcloud/core/testing';
import t from 'tap';
import { BUGS } from './support/bugs.js';
import { documents } from './support/documents.js';

t.test('a correct driver passes every check there is', async (t) => {
  const report = await conform(documents());
  t.comment(report.text);
  report.assert();
});

t.test('each of the seeded bugs is caught, by the check that is about it', async (t) => {
  let caught = 0;
  for (const { name, caughtBy, open } of BUGS) {
    const report = await conform(documents(open));
    const by = report.failed.map(({ id }) => id);
    t.comment(`${name}: ${by.join(' ')}`);
    if (t.ok(by.includes(caughtBy), `${name}: ${caughtBy}`)) caught += 1;
  }
  t.comment(`driver bugs ${caught}/${BUGS.length}`);
});
