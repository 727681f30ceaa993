import type { Resource } from '../../model/resource.js';
import type { ComputeDriver, ServerSnapshotActual } from '../../ports/drivers/compute.js';
import type { VolumeCopy } from '../../ports/drivers/storage.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { SERVER_PART, virtualmachine } from '../virtualmachine/virtualmachine.js';
import type { volume } from '../volume/volume.js';
import { patient } from './chain-too-long.js';
import { type snapshot, TAKEN_PART } from './snapshot.js';

type Snapshot = Pass<typeof snapshot>;
type Volume = Resource<typeof volume>;

/** Who takes a snapshot of a volume. */
export type CopyInUse =
  /** The hypervisor, and it has. */
  | {
      readonly kind: 'copied';
      readonly copy: VolumeCopy;
      readonly consistency: ServerSnapshotActual['consistency'];
    }
  /** The volume, once it is in no server. */
  | { readonly kind: 'volume' }
  | { readonly kind: 'end'; readonly outcome: Outcome };

const BY_VOLUME: CopyInUse = { kind: 'volume' };
/** What compute drivers say that copy no single disk of a server. */
const NO_DISK_SNAPSHOTS = 'NoDiskSnapshots';

/**
 * Has the hypervisor copy a volume that a server has, as it is now: only that knows what the server is writing. The intent
 * to do so is what keeps the volume from taking the snapshot itself (`snapshotsToTake`); a volume that leaves its server
 * before it was copied takes it all the same, once that intent is given up. A copy that is recorded counts, wherever the
 * volume is by then.
 */
export async function copyInUse(
  pass: Snapshot,
  compute: Pick<ComputeDriver, 'snapshots'>,
  of: Volume,
): Promise<CopyInUse> {
  const { snapshots: driver } = compute;
  const state = pass.resource.parts[TAKEN_PART]?.state;
  if (driver === undefined || (state === undefined && !isPlugged(of))) return BY_VOLUME;
  const server = await pass.find(virtualmachine, of.status.attachedToId ?? null);
  if (state !== 'recorded' && (server === undefined || !isPlugged(of)))
    return giveUp(pass, compute);
  const { external, epoch } = server?.parts[SERVER_PART] ?? { external: null, epoch: 1 };
  const taken = await pass.converge(TAKEN_PART, driver, {
    ...(server && { server: { uuid: server.uuid, epoch, external: external ?? undefined } }),
    disk: of.uuid,
  });
  if (taken.kind === 'unsettled') {
    return isRefused(taken.outcome) ? BY_VOLUME : { kind: 'end', outcome: patient(taken.outcome) };
  }
  const { copy, takenAt, consistency } = taken.actual;
  // It left its server in the very moment.
  if (copy === undefined) return giveUp(pass, compute);
  return { kind: 'copied', copy: { disk: copy, takenAt }, consistency };
}

/** Takes away what the hypervisor has copied; undefined once nothing is left of it. */
export async function dropCopy(
  pass: Snapshot,
  { snapshots: driver }: Pick<ComputeDriver, 'snapshots'>,
): Promise<Outcome | undefined> {
  if (driver === undefined || pass.resource.parts[TAKEN_PART] === undefined) return undefined;
  const left = await pass.dissolve(TAKEN_PART, driver);
  return left.kind === 'gone' ? undefined : left.outcome;
}

/** Whether a server has a volume, by the volume's own row. */
export function isPlugged({ status }: Volume): boolean {
  return typeof status.attachedToId === 'string' && typeof status.attachedDevice === 'number';
}

async function giveUp(
  pass: Snapshot,
  compute: Pick<ComputeDriver, 'snapshots'>,
): Promise<CopyInUse> {
  const outcome = await dropCopy(pass, compute);
  return outcome === undefined ? BY_VOLUME : { kind: 'end', outcome };
}

function isRefused(outcome: Outcome): boolean {
  return outcome.kind === 'retry' && outcome.failure.code === NO_DISK_SNAPSHOTS;
}
