import type { Resource } from '../../model/resource.js';
import type { ComputeDriver, HostReport } from '../../ports/drivers/compute.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import type { Inventory } from '../inventory/inventory.js';
import { MEMORY } from '../virtualmachine/choose-place.js';
import { adoptServers } from './adoption.js';
import { evacuation } from './evacuation.js';
import { host } from './host.js';
import { serversOf } from './host-servers.js';
import { lostHost } from './lost-host.js';

type Host = typeof host;

/** Keeps a host's figures as its pool reports them, empties it where that is asked, and says what its death needs. */
export function hostReconciler(compute: ComputeDriver, inventory: Inventory): Reconciler<Host> {
  return {
    type: host,
    async reconcile(pass) {
      const { resource } = pass;
      if (resource.deleteRequestedAt !== null) return { kind: 'gone' };
      const report = (await inventory.hosts(compute, pass.signal)).get(resource.spec.external);
      await reportFigures(pass, report);
      if (report === undefined) return settled(pass);
      if (!report.live) return lostHost(pass, deathsOf(resource), await serversOf(pass));
      await adoptServers(pass, compute, inventory);
      const held = await maintain(pass, compute, report);
      if (held !== undefined) return held;
      return resource.spec.evacuate
        ? evacuation(pass, await serversOf(pass), report.unmanaged ?? [])
        : settled(pass);
    },
  };
}

async function reportFigures(pass: Pass<Host>, report: HostReport | undefined): Promise<void> {
  if (report === undefined) {
    // A pool that does not name it says nothing of what it does.
    pass.report({ live: null, accepting: false });
    return;
  }
  const { used } = await pass.offer(MEMORY, report.ramSizeMb);
  pass.report({
    live: report.live,
    accepting: report.enabled,
    deaths: report.live ? (pass.resource.status.deaths ?? null) : deathsOf(pass.resource),
    cpuCount: report.cpuCount,
    ramSizeMb: report.ramSizeMb,
    ramUsedMb: used,
    storageProblem: report.storageProblem ?? null,
    physicalNetworks: report.physicalNetworks ?? null,
    unmanaged: (report.unmanaged ?? []).map(({ name, external }) => `${name} (${external})`),
  });
}

// The number of the death that it is in, where it does not answer.
function deathsOf({ status }: Resource<Host>): number {
  return (status.deaths ?? 0) + (status.live === false ? 0 : 1);
}

// Only a host that is or was emptied is told so: what operators of the pool do with the others is theirs.
async function maintain(
  pass: Pass<Host>,
  compute: ComputeDriver,
  { external }: HostReport,
): Promise<Outcome | undefined> {
  const { spec, parts } = pass.resource;
  if (compute.maintenance === undefined) return undefined;
  if (!spec.evacuate && parts['maintenance'] === undefined) return undefined;
  const desired = { host: external, mode: spec.evacuate ? 'maintenance' : 'normal' } as const;
  const told = await pass.converge('maintenance', compute.maintenance, desired);
  return told.kind === 'settled' ? undefined : told.outcome;
}

function settled(pass: Pass<Host>): Outcome {
  pass.report({ serversLeft: null });
  return { kind: 'done' };
}
