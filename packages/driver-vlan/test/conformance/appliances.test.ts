import { test } from 'tap';
import { examineAppliances } from './examine-appliances.js';

test('the appliances pass the conformance kit, whole', async (t) => {
  const report = await examineAppliances();
  t.comment(report.text);
  const { points, summary } = report.document;
  t.equal(summary.failed, 0);
  for (const [fault, { struck, reached }] of Object.entries(points)) {
    t.ok(reached > 0, `${fault}: there are points`);
    t.equal(struck, reached, `${fault} at each of them`);
  }
  report.assert();
});
