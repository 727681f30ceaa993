import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { Reconciler } from '../../ports/reconciler.js';
import type { Inventory } from '../inventory/inventory.js';
import { MEMORY } from '../virtualmachine/place-server.js';
import { host } from './host.js';

/** Keeps a host's figures as its pool reports them. */
export function hostReconciler(
  compute: ComputeDriver,
  inventory: Inventory,
): Reconciler<typeof host> {
  return {
    type: host,
    async reconcile(pass) {
      const { resource } = pass;
      if (resource.deleteRequestedAt !== null) return { kind: 'gone' };
      const report = (await inventory.hosts(compute, pass.signal)).get(resource.spec.external);
      if (report === undefined) {
        pass.report({ live: false });
        return { kind: 'done' };
      }
      const { used } = await pass.offer(MEMORY, report.ramSizeMb);
      pass.report({
        live: report.live && report.enabled,
        cpuCount: report.cpuCount,
        ramSizeMb: report.ramSizeMb,
        ramUsedMb: used,
      });
      return { kind: 'done' };
    },
  };
}
