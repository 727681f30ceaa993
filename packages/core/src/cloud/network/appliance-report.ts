import { sameJson } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { ApplianceActual, ApplianceRepair } from '../../ports/drivers/appliance.js';
import type { Pass } from '../../ports/reconciler.js';
import type { network } from './network.js';
import { pairStatement } from './pair-standing.js';

type Network = typeof network;

/**
 * Keeps what a network's appliance tells by itself, beside following its document: servers that balancers leave out, of
 * which those are told, and what somebody else had changed and it has repaired.
 */
export function keepReport(
  pass: Pass<Network>,
  { mode, unwell, repairs, pair }: ApplianceActual,
  children: readonly Resource[],
): void {
  keepUnwell(pass, mode === 'record' ? null : (unwell ?? {}), children);
  tellRepairs(pass, repairs ?? []);
  keepPair(pass, pair ?? null);
}

// Who only records documents has looked at no server.
function keepUnwell(
  pass: Pass<Network>,
  unwell: NonNullable<ApplianceActual['unwell']> | null,
  children: readonly Resource[],
): void {
  const before = pass.resource.status.unwellServers ?? null;
  if (sameJson(before, unwell)) return;
  pass.report({ unwellServers: unwell });
  pass.wakeAfterwards(
    children.filter(
      ({ uuid, type }) =>
        type === 'loadbalancer' &&
        (before === null || unwell === null || !sameJson(before[uuid] ?? [], unwell[uuid] ?? [])),
    ),
  );
}

function keepPair(pass: Pass<Network>, pair: NonNullable<ApplianceActual['pair']> | null): void {
  const before = pass.resource.status.appliances ?? null;
  if (!sameJson(before, pair)) pass.report({ appliances: pair });
  if (pair !== null) pass.condition(pairStatement(pair));
}

function tellRepairs(pass: Pass<Network>, repairs: readonly ApplianceRepair[]): void {
  const seen = pass.resource.status.repairedAt ?? 0;
  const fresh = repairs.filter(({ at }) => at > seen);
  const last = fresh.at(-1);
  if (last === undefined) return;
  const parts = countedParts(fresh);
  pass.report({ repairedAt: last.at });
  pass.note('appliance.repaired', parts);
  pass.condition({
    type: 'Drifted',
    status: 'True',
    reason: 'Repaired',
    message: `its appliance has repaired ${parts}`,
  });
}

function countedParts(repairs: readonly ApplianceRepair[]): string {
  const counts = new Map<string, number>();
  for (const part of repairs.flatMap(({ parts }) => parts)) {
    counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  return [...counts]
    .map(([part, count]) => (count === 1 ? part : `${part} (${count} times)`))
    .join(', ');
}
