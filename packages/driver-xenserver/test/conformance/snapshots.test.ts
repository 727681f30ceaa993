import t from 'tap';
import { examineSnapshots } from './examine.js';

// A busy machine takes its time.
t.setTimeout(900_000);

t.test(
  'snapshots keep the contract of drivers, whatever happens at any of their calls',
  async (t) => {
    const report = await examineSnapshots();
    t.comment(report.text);
    t.same(report.failed, []);
    for (const [fault, { struck, reached }] of Object.entries(report.document.points)) {
      t.ok(reached > 0);
      t.equal(struck, reached, `every I/O point is struck by ${fault}`);
    }
  },
);
