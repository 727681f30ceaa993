import type { DriverCall, ServerDesired } from '@gdcloud/core';
import type { VBDRecord, VIFRecord, VMRecord } from '../../datamodel/records.generated.js';
import type { DriverContext } from '../context.js';
import { knownRecord } from '../known.js';
import { type Found, orGone } from '../ours.js';
import { ID } from '../stamp.js';
import { readStaleLocks, type StaleLock } from './disk-locks.js';
import { type Residence, readResidence } from './residence.js';
import { type RestartStamp, readRestartStamp } from './restart-stamp.js';

/** Marks of ours on a server's devices: which volume and which network they are for. */
export const VOLUME = 'gdcloud:volume';
export const NETWORK = 'gdcloud:network';

/** A disk of ours in a VM. */
export interface DiskState {
  readonly ref: string;
  readonly device: number;
  readonly volume: string;
  readonly attached: boolean;
}

/** A network card of ours in a VM. */
export interface NicState {
  readonly ref: string;
  readonly device: number;
  readonly network: string;
  readonly macAddress: string;
  readonly addresses: readonly string[];
  readonly attached: boolean;
}

/** A CD drive of ours in a VM. */
export interface CdState {
  readonly ref: string;
  /** The disk in it, by its name; absent when it is empty. A disk that is not there any more is `gone`. */
  readonly medium?: string | undefined;
}

/** A VM with its devices, as far as a plan looks at it. */
export interface PlannedState {
  readonly record: Pick<
    VMRecord,
    | 'power_state'
    | 'domid'
    | 'name_label'
    | 'memory_static_max'
    | 'memory_dynamic_max'
    | 'VCPUs_max'
    | 'VCPUs_at_startup'
    | 'blocked_operations'
  >;
  readonly restart: RestartStamp;
  readonly disks: readonly DiskState[];
  readonly nics: readonly NicState[];
  readonly cd?: CdState | undefined;
  /** Where it is; absent counts as where it is to be. */
  readonly residence?: Residence | undefined;
  /** Notes on its disks that nobody takes off any more. */
  readonly staleLocks?: readonly StaleLock[] | undefined;
}

/** A VM with its devices. */
export interface ServerState extends PlannedState {
  readonly ref: string;
  readonly record: VMRecord;
  /** Operations of XAPI's that run on the VM or on a device of it, by task. */
  readonly operations: Readonly<Record<string, string>>;
}

/** Reads what a plan for `desired` looks at. */
export async function readPlace(
  context: DriverContext,
  state: ServerState,
  desired: ServerDesired,
  call: DriverCall,
): Promise<ServerState> {
  const [residence, staleLocks] = await Promise.all([
    readResidence(context, state.record, desired, call),
    readStaleLocks(context, state.disks, desired, call),
  ]);
  return { ...state, residence, staleLocks };
}

/** Reads a VM's devices. One that vanishes meanwhile counts as gone. */
export async function readState(
  context: DriverContext,
  found: Found<VMRecord>,
  call: DriverCall,
): Promise<ServerState> {
  const { xapi } = context;
  const { ref, record } = found;
  const [vbds, vifs] = await Promise.all([
    readAll(record.VBDs, (device) =>
      knownRecord(context, 'VBD', device, () => xapi.read('VBD.get_record', [device], call)),
    ),
    readAll(record.VIFs, (device) =>
      knownRecord(context, 'VIF', device, () => xapi.read('VIF.get_record', [device], call)),
    ),
  ]);
  return {
    ref,
    record,
    restart: readRestartStamp(record.other_config),
    cd: await readCd(context, vbds, call),
    disks: vbds.flatMap(([device, vbd]) => diskState(device, vbd)),
    nics: vifs.flatMap(([device, vif]) => nicState(device, vif)),
    operations: Object.assign(
      {},
      record.current_operations,
      ...[...vbds, ...vifs].map(([, device]) => device.current_operations),
    ),
  };
}

async function readAll<Record>(
  refs: readonly string[],
  read: (ref: string) => Promise<Record>,
): Promise<readonly (readonly [string, Record])[]> {
  const records = await Promise.all(
    refs.map(async (ref) => [ref, await orGone(() => read(ref))] as const),
  );
  return records.flatMap(([ref, record]) => (record === undefined ? [] : [[ref, record] as const]));
}

async function readCd(
  { xapi }: DriverContext,
  vbds: readonly (readonly [ref: string, vbd: VBDRecord])[],
  call: DriverCall,
): Promise<CdState | undefined> {
  const drive = vbds.find(([, vbd]) => vbd.type === 'CD' && vbd.other_config[ID] !== undefined);
  if (drive === undefined) return undefined;
  const [ref, { empty, VDI }] = drive;
  if (empty) return { ref };
  const disk = await orGone(() => xapi.read('VDI.get_record', [VDI], call));
  return { ref, medium: disk?.uuid ?? 'gone' };
}

function diskState(ref: string, vbd: VBDRecord): readonly DiskState[] {
  const { [ID]: id, [VOLUME]: volume } = vbd.other_config;
  if (id === undefined || volume === undefined) return [];
  return [{ ref, device: Number(vbd.userdevice), volume, attached: vbd.currently_attached }];
}

function nicState(ref: string, vif: VIFRecord): readonly NicState[] {
  const { [ID]: id, [NETWORK]: network } = vif.other_config;
  if (id === undefined || network === undefined) return [];
  return [
    {
      ref,
      device: Number(vif.device),
      network,
      macAddress: vif.MAC,
      addresses: vif.ipv4_allowed,
      attached: vif.currently_attached,
    },
  ];
}
