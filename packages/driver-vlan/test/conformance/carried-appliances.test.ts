import { CHECKS } from '@gdcloud/core/testing';
import t from 'tap';
import { skipWithoutSandbox } from '../support/network-sandbox.js';
import { examineCarriedAppliances } from './examine-carried-appliances.js';

t.setTimeout(900_000);

/** The contract whole, and of the faults the deaths: the others are struck on files in memory, and by `npm run soak`. */
const CHOSEN =
  /^(?!fault-)|^fault-(?:create|change|delete)-(?:reaches-points|crash-before|crash-after)$/;

t.test(
  'appliances that are carried pass the conformance kit',
  { skip: skipWithoutSandbox() },
  async (t) => {
    const only = CHECKS.map(({ id }) => id).filter((id) => process.env['ALL'] || CHOSEN.test(id));
    const report = await examineCarriedAppliances({ only, manyObjects: 12 });
    t.comment(report.text);
    const { points } = report.document;
    for (const fault of ['crash-before', 'crash-after'] as const) {
      t.ok(points[fault].reached > 60, `${points[fault].reached} points`);
      t.equal(points[fault].struck, points[fault].reached, `${fault} at each of them`);
    }
    report.assert();
  },
);
