import {
  asExternalId,
  asUuid,
  type DriverCall,
  type ExternalId,
  type ObjectKey,
  type ResourceUuid,
} from '@gdcloud/core';
import type { VBDRecord, VDIRecord, VMRecord } from '../../datamodel/records.generated.js';
import { isNullRef } from '../../datamodel/ref.js';
import { allEnded } from '../all-ended.js';
import type { DriverContext } from '../context.js';
import { byText, type Found, orGone } from '../ours.js';
import { OWNER, type Stamp } from '../stamp.js';
import { labelledAs, labelOf, markedFor } from './snapshot-marks.js';

/** A snapshot that a stamp was read of. */
export interface Stamped {
  readonly external: ExternalId;
  readonly stamp: Stamp;
}

/** A disk of the pool. */
export interface Disk {
  readonly ref: string;
  readonly record: VDIRecord;
}

/** The snapshots that carry a key: the recorded one first, then by uuid. */
export async function findTaken(
  context: DriverContext,
  key: ObjectKey,
  call: DriverCall,
): Promise<readonly Found<VMRecord>[]> {
  const { xapi } = context;
  const label = labelOf(key);
  const named = await xapi.read(
    'VM.get_all_records_where',
    [`field "name__label" = "${label}"`],
    call,
  );
  const found = Object.entries(named)
    .filter(([, record]) => isOurs(context, record))
    .map(([ref, record]) => ({ ref, record, external: asExternalId(record.uuid) }))
    .sort((left, right) => byText(left.external, right.external));
  const recorded =
    found.find(({ external }) => external === key.external) ??
    (await findRecorded(context, key, call));
  if (recorded === undefined) return found;
  return [recorded, ...found.filter(({ ref }) => ref !== recorded.ref)];
}

/** The very snapshot that a key records, whatever it is called by now. */
export async function findRecorded(
  context: DriverContext,
  { external }: ObjectKey,
  call: DriverCall,
): Promise<Found<VMRecord> | undefined> {
  if (external === undefined) return undefined;
  const { xapi } = context;
  return orGone(async () => {
    const ref = await xapi.read('VM.get_by_uuid', [external], call);
    const record = await xapi.read('VM.get_record', [ref], call);
    return isOurs(context, record) ? { ref, record, external } : undefined;
  });
}

/** The disks that are in a VM or in its snapshot. CDs are not among them. */
export async function disksIn(
  { xapi }: DriverContext,
  { VBDs: drives }: Pick<VMRecord, 'VBDs'>,
  call: DriverCall,
): Promise<readonly Disk[]> {
  const records = await allEnded(
    drives.map((drive) => orGone(() => xapi.read('VBD.get_record', [drive], call))),
  );
  const refs = records.flatMap((drive) => (drive === undefined ? [] : diskOf(drive)));
  const disks = await allEnded(refs.map((ref) => readDisk({ xapi }, ref, call)));
  return disks.flatMap((disk) => disk ?? []);
}

/** The one among a snapshot's disks that is a copy of `source`. */
export async function copyOf(
  { xapi }: DriverContext,
  source: ResourceUuid,
  disks: readonly Disk[],
  call: DriverCall,
): Promise<{ readonly copy: ResourceUuid } | undefined> {
  const ref = await orGone(() => xapi.read('VDI.get_by_uuid', [source], call));
  const copy = disks.find(({ record }) => record.is_a_snapshot && record.snapshot_of === ref);
  return copy && { copy: asUuid(copy.record.uuid) };
}

/** A disk, if it is there. */
export async function readDisk(
  { xapi }: Pick<DriverContext, 'xapi'>,
  ref: string,
  call: DriverCall,
): Promise<Disk | undefined> {
  const record = await orGone(() => xapi.read('VDI.get_record', [ref], call));
  return record === undefined ? undefined : { ref, record };
}

/** Copies of disks that were made for a snapshot and are in none: XAPI died before it was whole, or it is being taken. */
export async function findLeftBehind(
  context: DriverContext,
  key: ObjectKey,
  call: DriverCall,
): Promise<readonly Disk[]> {
  const all = await snapshotDisks(context, call);
  return all.filter(({ record }) => {
    const stamp = markedFor(record.other_config, context.settings.deployment);
    return stamp?.uuid === key.uuid && stamp.epoch === key.epoch && isInNone(record);
  });
}

/** All snapshots of this deployment, and what was left behind of some. */
export async function listTaken(
  context: DriverContext,
  call: DriverCall,
): Promise<readonly Stamped[]> {
  const { xapi, settings } = context;
  const query = 'field "is_a_snapshot" = "true"';
  const records = Object.values(await xapi.read('VM.get_all_records_where', [query], call));
  const whole = records.flatMap((record) => {
    const stamp = isOurs(context, record) ? labelledAs(record.name_label) : undefined;
    return stamp === undefined ? [] : [{ external: asExternalId(record.uuid), stamp }];
  });
  const left = (await snapshotDisks(context, call)).flatMap(({ record }) => {
    const stamp = markedFor(record.other_config, settings.deployment);
    return stamp === undefined || !isInNone(record)
      ? []
      : [{ external: asExternalId(record.uuid), stamp }];
  });
  return [...whole, ...left];
}

/** Whether a disk is in no VM and no snapshot of one. */
export function isInNone({ VBDs: drives }: VDIRecord): boolean {
  return drives.length === 0;
}

async function snapshotDisks({ xapi }: DriverContext, call: DriverCall): Promise<readonly Disk[]> {
  const query = 'field "is_a_snapshot" = "true"';
  const records = await xapi.read('VDI.get_all_records_where', [query], call);
  return Object.entries(records).map(([ref, record]) => ({ ref, record }));
}

// The row copies the marks of its server; the label is the snapshot's own.
function isOurs(
  { settings }: DriverContext,
  { is_a_snapshot: isSnapshot, other_config: config }: VMRecord,
): boolean {
  return isSnapshot && config[OWNER] === settings.deployment;
}

function diskOf({ type, VDI: disk }: VBDRecord): readonly string[] {
  return type === 'Disk' && !isNullRef(disk) ? [disk] : [];
}
