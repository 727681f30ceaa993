import {
  type Accepted,
  type ApplianceActual,
  type ApplianceDesired,
  asExternalId,
  type Change,
  type Driver,
  type ExternalId,
  type Observation,
  type PhysicalNetwork,
  type ResourceUuid,
} from '@gdcloud/core';
import { parseAppliance } from './plan/appliance-document.js';
import { compilePlan } from './plan/compile-plan.js';
import { namespaceName } from './plan/plan-names.js';
import { planText } from './plan/plan-text.js';
import { type ApplianceRecord, applianceRecord } from './record/appliance-record.js';
import { guarded } from './record/record-failure.js';
import {
  isSetAside,
  type RecordFolder,
  readPlanCopy,
  readRecord,
  recordedNetworks,
  removeRecord,
  setRecordAside,
  writeRecord,
} from './record/record-folder.js';

/** Networks in one page of a listing. */
const PAGE_NETWORKS = 500;

/** The appliances' documents, followed in mode `record`: the plan of each is kept, nothing is applied. */
export function appliancesOf(
  kept: RecordFolder,
  physicalNetworks: readonly PhysicalNetwork[],
): Driver<ApplianceDesired, ApplianceActual> {
  const { folder } = kept;
  const recordFor = (network: ResourceUuid, desired: ApplianceDesired): ApplianceRecord => {
    const document = parseAppliance(network, desired, physicalNetworks);
    return applianceRecord(document.revision, planText(document, compilePlan(document)));
  };
  const follow: Driver<ApplianceDesired, ApplianceActual>['create'] = (key, desired, { signal }) =>
    guarded(signal, 'change', folder, async (checkpoint) => {
      await writeRecord(kept, key.uuid, recordFor(key.uuid, desired), checkpoint);
      return accepted(key.uuid);
    });
  return {
    name: 'vlan.appliances',
    backend: 'vlan',
    // Checked, not compare-and-set: a file can be compared and then replaced, but not both in one step.
    traits: { identity: 'chosen', fencing: 'checked', dataBearing: false },
    observe: (key, desired, { signal }) =>
      guarded(signal, 'read', folder, async () => {
        namespaceName(key.uuid);
        const wanted = desired === undefined ? undefined : recordFor(key.uuid, desired);
        return await observe(kept, key.uuid, wanted);
      }),
    create: follow,
    update: (key, desired, _change, call) => follow(key, desired, call),
    delete: (key, { signal }) =>
      guarded(signal, 'change', folder, async () => {
        namespaceName(key.uuid);
        await removeRecord(kept, key.uuid);
        return { settled: true };
      }),
    foresee: async ({ revision }) => ({ changes: [], actual: { revision, mode: 'record' } }),
    quarantine: (key, { signal }) =>
      guarded(signal, 'change', folder, async () => {
        namespaceName(key.uuid);
        await setRecordAside(kept, key.uuid);
        return { settled: true };
      }),
    list: (cursor, { signal }) =>
      guarded(signal, 'read', folder, async () => {
        const rest = (await recordedNetworks(kept)).filter(
          (uuid) => cursor === undefined || uuid > cursor,
        );
        const page = rest.slice(0, PAGE_NETWORKS);
        const objects = page.map((uuid) => ({ external: externalId(uuid), uuid, epoch: 1 }));
        return rest.length > page.length ? { objects, cursor: page.at(-1) } : { objects };
      }),
  };
}

async function observe(
  kept: RecordFolder,
  network: ResourceUuid,
  wanted: ApplianceRecord | undefined,
): Promise<Observation<ApplianceActual>> {
  const found = await readRecord(kept, network);
  const copy = await readPlanCopy(kept, network);
  // Without a record there is nothing to follow; what a deletion has left must still be seen to be removed.
  if (
    found.kind !== 'record' &&
    (wanted !== undefined ||
      (found.kind === 'nothing' && copy === undefined && !(await isSetAside(kept, network))))
  ) {
    return { presence: 'absent' };
  }
  const record = found.kind === 'record' ? found.record : applianceRecord(0, '');
  const actual = { revision: record.revision, mode: 'record' } as const;
  return {
    presence: 'present',
    external: externalId(network),
    actual,
    changes: changes(record, copy, wanted),
  };
}

function changes(
  found: ApplianceRecord,
  copy: string | undefined,
  wanted: ApplianceRecord | undefined,
): readonly Change[] {
  if (wanted === undefined) return [];
  if (found.revision !== wanted.revision) {
    return [{ field: 'revision', desired: wanted.revision, actual: found.revision }];
  }
  if (found.planHash !== wanted.planHash || copy !== wanted.plan) {
    return [{ field: 'plan', desired: wanted.planHash, actual: found.planHash }];
  }
  return [];
}

function externalId(network: ResourceUuid): ExternalId {
  return asExternalId(namespaceName(network));
}

function accepted(network: ResourceUuid): Accepted {
  return { external: externalId(network), settled: true };
}
