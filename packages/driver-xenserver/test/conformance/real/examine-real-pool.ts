import { conform } from '@gdcloud/core/testing';
import type { Test } from 'tap';
import { Premises } from './premises.js';
import type { RealPoolSettings } from './settings.js';
import { realSegments, realServers } from './subjects.js';

/**
 * Lets the kit examine the drivers on a pool that is there, with all checks that need neither faults nor tampering. What
 * else the pool holds is not touched, and all that the kit made there is removed again.
 */
export async function examineRealPool(t: Test, settings: RealPoolSettings): Promise<void> {
  const premises = await Premises.prepare(settings);
  t.comment(
    `${settings.url} speaks ${premises.release}; this run is ${premises.options.deployment}`,
  );
  if (premises.leftovers.length > 0) {
    t.comment(
      `left by earlier runs: ${premises.leftovers.join(', ')}; GDCLOUD_XAPI_CLEAN=1 removes it`,
    );
  }
  try {
    for (const examine of [
      () => conform(realSegments(premises), { levels: [3] }),
      () => conform(realServers(premises), { levels: [3] }),
    ]) {
      const report = await examine();
      t.comment(report.text);
      t.same(report.failed, []);
      t.ok(report.document.summary.ok > 30, `${report.document.summary.ok} checks`);
    }
  } finally {
    await premises.clear();
  }
}
