import t from 'tap';
import { examineServers } from './examine.js';

// A busy machine takes its time.
t.setTimeout(900_000);

t.test(
  'servers keep the contract of drivers, whatever happens at any of their calls',
  async (t) => {
    const { report, reboots } = await examineServers();
    t.comment(report.text);
    t.same(report.failed, []);
    t.same(reboots, [], 'no server is rebooted more often than asked');
    for (const [fault, { struck, reached }] of Object.entries(report.document.points)) {
      t.ok(reached > 0);
      t.equal(struck, reached, `every I/O point is struck by ${fault}`);
    }
  },
);
