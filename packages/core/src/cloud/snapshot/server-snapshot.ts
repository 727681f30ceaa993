import type { Resource } from '../../model/resource.js';
import type { Driver } from '../../ports/driver.js';
import type { ServerSnapshotActual, ServerSnapshotDesired } from '../../ports/drivers/compute.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { gbOfBytes } from '../sizes.js';
import { SERVER_PART, virtualmachine } from '../virtualmachine/virtualmachine.js';
import { waitFor } from '../wait-for.js';
import { patient } from './chain-too-long.js';
import { type snapshot, TAKEN_PART } from './snapshot.js';

/** Takes a snapshot of a server's disks, once, and keeps it. */
export async function keepServerSnapshot(
  pass: Pass<typeof snapshot>,
  driver: Driver<ServerSnapshotDesired, ServerSnapshotActual>,
): Promise<Outcome> {
  const { deleteRequestedAt, parts, spec } = pass.resource;
  if (deleteRequestedAt !== null) {
    const left = await pass.dissolve(TAKEN_PART, driver);
    return left.kind === 'gone' ? left : left.outcome;
  }
  const server = await pass.find(virtualmachine, spec.virtualmachineId);
  // What was taken already no longer depends on how its server is.
  const isThere = parts[TAKEN_PART]?.state === 'recorded' || isWhole(server);
  if (server === undefined || !isThere)
    return waitFor(pass, `virtualmachine ${spec.virtualmachineId}`, server);
  const { external, epoch } = server.parts[SERVER_PART] ?? { external: null, epoch: 1 };
  const taken = await pass.converge(TAKEN_PART, driver, {
    server: { uuid: server.uuid, epoch, external: external ?? undefined },
  });
  if (taken.kind === 'unsettled') return patient(taken.outcome);
  const { sizeBytes, consistency, takenAt } = taken.actual;
  pass.report({ sizeGb: gbOfBytes(sizeBytes), consistency, takenAt });
  return { kind: 'done' };
}

/** Whether a server has ever been as asked: one in the making has no disks yet. */
function isWhole(server: Resource<typeof virtualmachine> | undefined): boolean {
  return server !== undefined && server.deleteRequestedAt === null && server.observedGeneration > 0;
}
