import t from 'tap';
import { examineAppliances } from './examine-appliances.js';

t.setTimeout(600_000);

t.test('the appliances pass the conformance kit, whole', async (t) => {
  // More than fit on a page of the list.
  const report = await examineAppliances({ manyObjects: 510 });
  t.comment(report.text);
  const { points, summary } = report.document;
  t.equal(summary.failed, 0);
  for (const [fault, { struck, reached }] of Object.entries(points)) {
    t.ok(reached > 0, `${fault}: there are points`);
    t.equal(struck, reached, `${fault} at each of them`);
  }
  report.assert();
});
