import {
  type ApplianceActual,
  type ApplianceDesired,
  asExternalId,
  asUuid,
  type Change,
  type Driver,
  type DriverCall,
  type ExternalId,
  elementsOf,
  type Fence,
  type ObjectKey,
  type Observation,
  type PhysicalNetwork,
  type ResourceUuid,
} from '@gdcloud/core';
import { namesakePorts, planSteps } from './agent/plan-steps.js';
import { planText } from './agent/plan-text.js';
import type { Carrier } from './carrier/carrier.js';
import { markLine } from './carrier/mark-line.js';
import { parseAppliance } from './plan/appliance-document.js';
import { KnownDocuments } from './plan/known-documents.js';
import { namespaceName } from './plan/plan-names.js';
import { compileProgram } from './program/compile-program.js';
import { type ApplianceRecord, type Elements, planHash } from './record/appliance-record.js';
import { demandNoNewer, demandOutOfUse } from './record/demand-no-newer.js';
import {
  createRecord,
  quarantineRecord,
  removeRecord,
  updateRecord,
} from './record/record-changes.js';
import { guarded, type Intent } from './record/record-failure.js';
import { type Kept, type RecordFolder, readRecord, recordedKeys } from './record/record-folder.js';
import { recordName } from './record/record-names.js';
import { stoppingFiles } from './record/stopping-files.js';

/** Networks in one page of a listing. */
const PAGE_NETWORKS = 500;

/** Recorded, and not done, or undone by somebody. */
const NOT_CARRIED: Change = { field: 'carried', desired: true, actual: false };

/** A network that is none, for documents nobody has asked for yet. */
const NO_NETWORK = asUuid('00000000-0000-0000-0000-000000000000');

/**
 * The appliances' documents. Of each is recorded whose it is, before `carrier` does what it says; without one the plan is
 * recorded, and nothing is done.
 */
export function appliancesOf(
  { folder, files, random }: RecordFolder,
  physicalNetworks: readonly PhysicalNetwork[],
  carrier: Carrier | undefined,
): Driver<ApplianceDesired, ApplianceActual> {
  const mode = carrier?.mode ?? 'record';
  const documents = new KnownDocuments(physicalNetworks);
  const recordFor = (key: ObjectKey, desired: ApplianceDesired, fence: Fence): ApplianceRecord => {
    const document = documents.read(key.uuid, desired);
    const program = compileProgram(document);
    const plan =
      carrier === undefined
        ? planText(document, planSteps(program, namesakePorts(program)))
        : markLine(program.mark);
    const elements = Object.fromEntries(elementsOf(desired));
    return { state: 'followed', revision: document.revision, plan, elements, fence };
  };
  const carry = async (
    kept: RecordFolder,
    key: ObjectKey,
    desired: ApplianceDesired,
    { fence, signal }: DriverCall,
  ): Promise<void> => {
    const document = documents.read(key.uuid, desired);
    await carrier?.carry(document, () => demandNoNewer(kept, key, fence), signal);
  };
  // Who was paused meanwhile must not take away what a newer holder has made.
  const dissolve = async (
    kept: RecordFolder,
    key: ObjectKey,
    { fence, signal }: DriverCall,
  ): Promise<void> => {
    if (carrier === undefined) return;
    await demandOutOfUse(kept, key, fence);
    documents.forget(key.uuid);
    await carrier.dissolve(key.uuid, signal);
  };
  const within = <Result>(
    call: DriverCall,
    intent: Intent,
    work: (kept: RecordFolder) => Promise<Result>,
  ): Promise<Result> =>
    guarded(call.signal, intent, folder, () =>
      work({ folder, files: stoppingFiles(files, call.signal), random }),
    );
  return {
    name: 'vlan.appliances',
    backend: 'vlan',
    traits: { identity: 'chosen', fencing: 'cas', dataBearing: false },
    observe: (key, desired, call) =>
      within(call, 'read', async (kept) => {
        const external = externalId(key);
        const found = await readRecord(kept, key);
        if (desired === undefined) {
          const isThere = await carrier?.isThere(namespaceName(key.uuid), call.signal);
          return observation({
            external,
            mode,
            found,
            wanted: undefined,
            isThere: isThere ?? false,
          });
        }
        const wanted = recordFor(key, desired, call.fence);
        const seen = observation({ external, mode, found, wanted, isThere: false });
        const isAsRecorded = seen.presence === 'present' && seen.changes.length === 0;
        if (!isAsRecorded || carrier === undefined) return seen;
        const document = documents.read(key.uuid, desired);
        return (await carrier.isCarried(document, call.signal))
          ? { ...seen, actual: { ...seen.actual, ...reported(carrier, key.uuid) } }
          : { ...seen, changes: [NOT_CARRIED] };
      }),
    create: (key, desired, call) =>
      within(call, 'change', async (kept) => {
        const external = externalId(key);
        const wanted = recordFor(key, desired, call.fence);
        const recorded = await createRecord(kept, key, wanted);
        // One that comes late leaves what has been changed since; what differs is seen by the next look.
        if (recorded.plan === wanted.plan) await carry(kept, key, desired, call);
        return { external, settled: true };
      }),
    update: (key, desired, _change, call) =>
      within(call, 'change', async (kept) => {
        const external = externalId(key);
        await updateRecord(kept, key, recordFor(key, desired, call.fence));
        await carry(kept, key, desired, call);
        return { external, settled: true };
      }),
    delete: (key, call) =>
      within(call, 'change', async (kept) => {
        if (isAnother(key)) return { settled: true };
        // First nobody follows it any more, last its record goes: until then it is seen to be there.
        await quarantineRecord(kept, key, call.fence);
        await dissolve(kept, key, call);
        await removeRecord(kept, key, call.fence);
        return { settled: true };
      }),
    foresee: async (desired) => {
      const { revision } = parseAppliance(NO_NETWORK, desired, physicalNetworks);
      return { changes: [], actual: { revision, mode } };
    },
    quarantine: (key, call) =>
      within(call, 'change', async (kept) => {
        if (isAnother(key)) return { settled: true };
        await quarantineRecord(kept, key, call.fence);
        await dissolve(kept, key, call);
        return { settled: true };
      }),
    list: (cursor, call) =>
      within(call, 'read', async (kept) => {
        const carried = (await carrier?.networks(call.signal)) ?? [];
        // After what is carried: there is a record first, and last.
        const rest = withUnrecorded(await recordedKeys(kept), carried).filter(
          (key) => cursor === undefined || cursorOf(key) > cursor,
        );
        const page = rest.slice(0, PAGE_NETWORKS);
        const objects = page.map((key) => ({ ...key, external: externalId(key) }));
        const last = page.at(-1);
        return rest.length > page.length && last !== undefined
          ? { objects, cursor: cursorOf(last) }
          : { objects };
      }),
  };
}

// What has lost its record is a leak like any other, of which the kernel is told.
function withUnrecorded(
  recorded: readonly ObjectKey[],
  carried: readonly ResourceUuid[],
): readonly ObjectKey[] {
  const known = new Set(recorded.map(({ uuid }) => uuid));
  const unrecorded = carried.filter((uuid) => !known.has(uuid));
  if (unrecorded.length === 0) return recorded;
  return [...recorded, ...unrecorded.map((uuid) => ({ uuid, epoch: 1 }))].sort((one, other) =>
    cursorOf(one) < cursorOf(other) ? -1 : 1,
  );
}

function reported(
  carrier: Carrier,
  network: ResourceUuid,
): Pick<ApplianceActual, 'unwell' | 'repairs' | 'inPair'> {
  const unwell = [...carrier.unwell(network)].map(
    ([balancer, servers]) => [balancer, [...servers].sort()] as const,
  );
  const repairs = carrier.repairs(network);
  const inPair = carrier.pairState()?.is;
  return {
    ...(unwell.length > 0 && { unwell: Object.fromEntries(unwell) }),
    ...(repairs.length > 0 && { repairs }),
    ...(inPair !== undefined && { inPair }),
  };
}

interface Seen {
  readonly external: ExternalId;
  readonly mode: ApplianceActual['mode'];
  readonly found: Kept;
  readonly wanted: ApplianceRecord | undefined;
  /** Whether something of it is carried that may have no record. */
  readonly isThere: boolean;
}

function observation({
  external,
  mode,
  found,
  wanted,
  isThere,
}: Seen): Observation<ApplianceActual> {
  // Without a record there is nothing to follow; what a removal has left must still be seen to be removed.
  const isNothing =
    (found.kind === 'nothing' && !isThere) || (found.kind === 'remains' && wanted !== undefined);
  if (isNothing) return { presence: 'absent' };
  const revision = found.kind === 'record' ? found.record.revision : 0;
  return {
    presence: 'present',
    external,
    actual: { revision, mode },
    changes: found.kind === 'record' && wanted !== undefined ? changes(found.record, wanted) : [],
  };
}

// One update makes them all, so one is enough to list.
function changes(found: ApplianceRecord, wanted: ApplianceRecord): readonly Change[] {
  if (found.state === 'quarantined')
    return [{ field: 'quarantined', desired: false, actual: true }];
  if (found.revision !== wanted.revision) {
    return [{ field: 'revision', desired: wanted.revision, actual: found.revision }];
  }
  if (found.plan !== wanted.plan) {
    return [{ field: 'plan', desired: planHash(wanted.plan), actual: planHash(found.plan) }];
  }
  const differing = differingElement(found.elements, wanted.elements);
  return differing === undefined ? [] : [differing];
}

function differingElement(found: Elements, wanted: Elements): Change | undefined {
  for (const uuid of Object.keys({ ...found, ...wanted }).map(asUuid)) {
    const [desired, actual] = [wanted[uuid] ?? null, found[uuid] ?? null];
    if (desired !== actual) return { field: 'elements', desired, actual };
  }
  return undefined;
}

// The first epoch's is the name that was recorded before there were epochs.
function externalId({ uuid, epoch }: ObjectKey): ExternalId {
  const namespace = namespaceName(uuid);
  return asExternalId(epoch === 1 ? namespace : `${namespace}.${epoch}`);
}

function isAnother(key: ObjectKey): boolean {
  const external = externalId(key);
  return key.external !== undefined && key.external !== external;
}

function cursorOf({ uuid, epoch }: ObjectKey): string {
  return recordName({ uuid, epoch });
}
