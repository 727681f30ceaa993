import { conform } from '@gdcloud/core/testing';
import t from 'tap';
import { servers } from './servers-subject.js';

// A busy machine takes its time.
t.setTimeout(1_500_000);

t.test('servers keep the contract while the driver follows the events of the pool', async (t) => {
  const subject = servers({
    release: 'latest',
    begin: () => () => undefined,
    events: 'followed',
  });
  const report = await conform(subject, { levels: [1, 2] });
  t.comment(report.text);
  t.same(report.failed, []);
  for (const [fault, { struck, reached }] of Object.entries(report.document.points)) {
    t.ok(struck > 0);
    t.equal(struck, reached, `every I/O point is struck by ${fault}`);
  }
});
