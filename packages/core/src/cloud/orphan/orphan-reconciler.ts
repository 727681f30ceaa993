import { asExternalId, asUuid } from '../../model/identity.js';
import { stall } from '../../model/stall.js';
import type { Driver, OwnedObject } from '../../ports/driver.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { decideOrphan, type OrphanDecision, sighted } from './decide-orphan.js';
import { orphan } from './orphan.js';
import type { OrphanSettings } from './orphan-settings.js';

type OrphanPass = Pass<typeof orphan>;

/** Takes an orphan down the ladder as far as policy and administrators say, and forgets it when there is none any more. */
export function orphanReconciler(
  drivers: ReadonlyMap<string, Driver<unknown, unknown>>,
  settings: OrphanSettings,
): Reconciler<typeof orphan> {
  return {
    type: orphan,
    async reconcile(pass) {
      const { spec, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) return { kind: 'gone' };
      const driver = drivers.get(spec.driver);
      if (driver === undefined) {
        return stall(
          'DriverUnknown',
          `there is no driver ${spec.driver} any more: plug it in again, or delete this record of the object`,
        );
      }
      const object = objectOf(pass);
      const look = await pass.orphaned(driver, object).look();
      if (look.kind === 'unsettled') return look.outcome;
      if (look.kind !== 'present') return forget(pass, look.kind);
      const decision = decide(pass, driver, settings);
      explain(pass, object, decision);
      return carryOut(pass, driver, object, decision);
    },
  };
}

function objectOf({ resource: { spec } }: OrphanPass): OwnedObject {
  return {
    uuid: asUuid(spec.objectUuid),
    epoch: spec.epoch,
    external: asExternalId(spec.external),
  };
}

async function forget(pass: OrphanPass, why: 'absent' | 'claimed'): Promise<Outcome> {
  const message = why === 'absent' ? 'it is gone' : 'a live resource claims it';
  pass.note('no orphan any more', message);
  await pass.requestDelete(pass.resource.uuid);
  return { kind: 'wait', on: 'progress', afterMs: 0, message };
}

function decide(
  pass: OrphanPass,
  driver: Driver<unknown, unknown>,
  settings: OrphanSettings,
): OrphanDecision {
  const { spec, status } = pass.resource;
  const seen = sighted(pass.resource);
  const { dataBearing: holdsData } = driver.traits;
  pass.report({ ...seen, holdsData });
  return decideOrphan({
    ...seen,
    disposition: spec.disposition,
    settings,
    holdsData,
    quarantine: driver.quarantine === undefined ? 'impossible' : 'possible',
    quarantinedAt: status.quarantinedAt ?? null,
    now: pass.now,
  });
}

function explain(pass: OrphanPass, { uuid, epoch }: OwnedObject, decision: OrphanDecision): void {
  const why = `it carries the stamp of resource ${uuid}, epoch ${epoch}, and no live resource claims that`;
  pass.report({ why });
  pass.condition({
    type: 'Orphaned',
    status: 'True',
    reason: 'NoOwner',
    message: 'message' in decision ? `${why}; ${decision.message}` : why,
  });
}

async function carryOut(
  pass: OrphanPass,
  driver: Driver<unknown, unknown>,
  object: OwnedObject,
  decision: OrphanDecision,
): Promise<Outcome> {
  switch (decision.kind) {
    case 'rest':
      return { kind: 'done' };
    case 'wait':
      return { ...decision, on: 'dependency' };
    case 'stall':
      return decision;
    case 'quarantine': {
      const step = await pass.orphaned(driver, object).quarantine();
      if (step.quarantine === 'done') pass.report({ quarantinedAt: pass.now });
      return step.outcome;
    }
    case 'reap':
      return (await pass.orphaned(driver, object).reap()).outcome;
  }
}
