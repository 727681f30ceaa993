import { CHECKS } from '@gdcloud/core/testing';
import t from 'tap';
import { skipWithoutSandbox } from '../support/network-sandbox.js';
import { examineCarriedAppliances } from './examine-carried-appliances.js';

t.setTimeout(900_000);

/**
 * The contract, and of the faults the deaths before each point. What they leave in every chapter of a network's life is looked
 * at in test/crash-points; the other faults are struck on files in memory.
 */
const CHOSEN =
  /^(?!fault-|quarantine-(?:crash|lost|error|hang))|^fault-(?:create|change|delete)-(?:reaches-points|crash-before)$/;

t.test(
  'appliances that are carried pass the conformance kit',
  { skip: skipWithoutSandbox() },
  async (t) => {
    const only = CHECKS.map(({ id }) => id).filter((id) => CHOSEN.test(id));
    const report = await examineCarriedAppliances({ only, manyObjects: 12 });
    t.comment(report.text);
    const deaths = report.document.points['crash-before'];
    t.ok(deaths.reached > 60, `${deaths.reached} points`);
    t.equal(deaths.struck, deaths.reached, 'a death before each of them');
    report.assert();
  },
);
