import { conditionOf } from '../../model/condition.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver, StoragePoolReport } from '../../ports/drivers/storage.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import type { Inventory } from '../inventory/inventory.js';
import { gbOfBytes } from '../sizes.js';
import { isDivided } from './disk-place.js';
import { promisableGb, STORAGE_ROOM } from './pool-room.js';
import { spaceLow } from './space-low.js';
import { type StorageSettings, storageSettings } from './storage-settings.js';
import { storagepool } from './storagepool.js';
import { keepUp } from './upkeep.js';
import type { UpkeepDriver } from './upkeep-driver.js';

/** Keeps a share's figures as its driver reports them, and the share connected on every host. */
export function storagepoolReconciler(
  storage: StorageDriver,
  compute: Pick<ComputeDriver, 'shares'>,
  inventory: Inventory,
  settings: StorageSettings = storageSettings(),
  upkeep?: UpkeepDriver,
): Reconciler<typeof storagepool> {
  return {
    type: storagepool,
    async reconcile(pass) {
      const { resource } = pass;
      if (resource.deleteRequestedAt !== null) return { kind: 'gone' };
      const report = (await inventory.pools(storage, pass.signal)).get(resource.spec.external);
      pass.report({
        live: report?.live ?? false,
        problem:
          report === undefined ? 'its driver does not know it any more' : (report.problem ?? null),
        ...(report === undefined
          ? {}
          : {
              capacityGb: gbOfBytes(report.totalBytes),
              usedGb: gbOfBytes(report.usedBytes),
              freeGb: gbOfBytes(Math.max(0, report.totalBytes - report.usedBytes)),
            }),
      });
      tellRoom(pass, report, settings);
      await offerRoom(pass, storage, report);
      if (report?.live !== true) return { kind: 'done' };
      if (compute.shares === undefined) return finished(pass, upkeep);
      // Looked at every minute along with the figures: hosts that join or lose it are connected again.
      const share = {
        name: resource.name ?? resource.id,
        ...(isDivided(storage) ? { share: report.external } : {}),
      };
      const connected = await pass.converge('share', compute.shares, share);
      if (connected.kind === 'unsettled') return connected.outcome;
      advise(pass, connected.actual.advice);
      return finished(pass, upkeep);
    },
  };
}

// Last: whatever comes of it, the figures are told and the share is connected.
async function finished(
  pass: Pass<typeof storagepool>,
  upkeep: UpkeepDriver | undefined,
): Promise<Outcome> {
  // In maintenance nothing on it is to be changed.
  if (upkeep !== undefined && pass.resource.spec.maintenance !== true) await keepUp(pass, upkeep);
  return { kind: 'done' };
}

function tellRoom(
  pass: Pass<typeof storagepool>,
  report: StoragePoolReport | undefined,
  settings: StorageSettings,
): void {
  // One that is away tells nothing of its room.
  if (report?.live !== true) return;
  const before = conditionOf(pass.resource.conditions, 'SpaceLow');
  const told = spaceLow(report, before, settings);
  if (told !== undefined) pass.condition(told);
}

// Only where there is a choice: a single share takes what is asked for as long as it has room.
async function offerRoom(
  pass: Pass<typeof storagepool>,
  storage: StorageDriver,
  report: StoragePoolReport | undefined,
): Promise<void> {
  if (!isDivided(storage) || report === undefined) return;
  const { spec, status } = pass.resource;
  // One that is away tells nothing of its room.
  const capacityGb = report.live ? gbOfBytes(report.totalBytes) : (status.capacityGb ?? 0);
  const { used } = await pass.offer(STORAGE_ROOM, promisableGb(capacityGb, spec.overcommit));
  pass.report({ promisedGb: used, weight: report.weight ?? 1 });
}

function advise(pass: Pass<typeof storagepool>, advice: string | undefined): void {
  pass.report({ advice: advice ?? null });
  const type = 'Protected';
  if (advice !== undefined) {
    pass.condition({ type, status: 'False', reason: 'OperatorNeeded', message: advice });
  } else if (conditionOf(pass.resource.conditions, type)?.status === 'False') {
    const message = 'nothing threatens its disks any more';
    pass.condition({ type, status: 'True', reason: 'AsItShouldBe', message });
  }
}
