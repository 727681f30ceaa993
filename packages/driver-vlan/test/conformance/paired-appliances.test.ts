import t from 'tap';
import { examinePair } from './examine-appliances.js';

t.setTimeout(600_000);

t.test(
  'a pair of appliances passes the conformance kit, whichever of them a fault strikes',
  async (t) => {
    const report = await examinePair();
    t.comment(report.text);
    const { points, summary } = report.document;
    t.equal(summary.failed, 0);
    for (const [fault, { struck, reached }] of Object.entries(points)) {
      t.ok(reached > 0, `${fault}: there are points`);
      t.equal(struck, reached, `${fault} at each of them`);
    }
    report.assert();
  },
);
