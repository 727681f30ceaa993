import type { DriverCall, GuestReport, ServerDesired } from '@gdcloud/core';
import type { VBDRecord, VIFRecord, VMRecord } from '../../datamodel/records.generated.js';
import { isNullRef } from '../../datamodel/ref.js';
import { allEnded } from '../all-ended.js';
import type { DriverContext } from '../context.js';
import { knownRecord } from '../known.js';
import { type Found, orGone } from '../ours.js';
import { ID, isClaimed } from '../stamp.js';
import { readStaleLocks, type StaleLock } from './disk-locks.js';
import { canPlug, type GuestMetrics, guestReport } from './guest.js';
import { type Refusal, readRefusal } from './refusal.js';
import { type Residence, readResidence } from './residence.js';
import { type RestartStamp, readRestartStamp } from './restart-stamp.js';
import { poolVersion, readUnfiltered, type Unfiltered } from './source-filter.js';

/** Marks of ours on a server's devices: which volume and which network they are for. */
export const VOLUME = 'gdcloud:volume';
export const NETWORK = 'gdcloud:network';

/** A disk of ours in a VM. */
export interface DiskState {
  readonly ref: string;
  readonly device: number;
  readonly volume: string;
  readonly attached: boolean;
  readonly unpluggable: boolean;
  readonly refusal: Refusal | undefined;
}

/** A network card of ours in a VM. */
export interface NicState {
  readonly ref: string;
  readonly device: number;
  readonly network: string;
  readonly macAddress: string;
  /** Those it is held to, of both versions of IP. */
  readonly addresses: readonly string[];
  readonly attached: boolean;
  readonly refusal: Refusal | undefined;
  /** Why it is not held to its address; absent where nobody noted that down. */
  readonly unfiltered?: Unfiltered | undefined;
}

/** A device that carries no marks of ours: an adopted server’s own, until they are put on. */
export interface StrangeDevice {
  readonly ref: string;
  readonly device: number;
  /** The disk in it, by its reference until it is known by its uuid; the MAC address of a card. */
  readonly what: string;
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
  /** Whether it carries its own name, so that a copy of it is known for one. */
  readonly claimed: boolean;
  readonly restart: RestartStamp;
  /** What the tools of its guest tell. */
  readonly guest: GuestReport | undefined;
  /** Whether devices can be plugged in and out while it runs. */
  readonly plugging: { readonly VBD: boolean; readonly VIF: boolean };
  /** What a running one that was to give back memory has still, in bytes; absent where nobody asked. */
  readonly memoryUsed: number | undefined;
  readonly refusals: {
    readonly memory: Refusal | undefined;
    readonly processors: Refusal | undefined;
  };
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly disks: readonly DiskState[];
  readonly nics: readonly NicState[];
  readonly cd?: CdState | undefined;
  /** Where it is; absent counts as where it is to be. */
  readonly residence?: Residence | undefined;
  /** Whether it is one of ours yet, where it is to be adopted. Absent counts as made. */
  readonly adoption?: 'made' | 'pending' | undefined;
  /** What it has that carries no marks, of a server that was adopted. */
  readonly strangers?: {
    readonly disks: readonly StrangeDevice[];
    readonly nics: readonly StrangeDevice[];
  };
  /** Release and licence of the pool; absent where nothing depends on them. */
  readonly poolVersion?: string | undefined;
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
  const filters = state.nics.some(({ unfiltered }) => unfiltered !== undefined);
  const [residence, staleLocks, disks, version] = await allEnded([
    readResidence(context, state.record, desired, call),
    readStaleLocks(context, state.disks, desired, call),
    nameDisks(context, desired.adopted === undefined ? [] : (state.strangers?.disks ?? []), call),
    filters ? poolVersion(context, call) : Promise.resolve(undefined),
  ]);
  return {
    ...state,
    residence,
    staleLocks,
    poolVersion: version,
    strangers: {
      nics: desired.adopted === undefined ? [] : (state.strangers?.nics ?? []),
      disks,
    },
  };
}

async function nameDisks(
  context: DriverContext,
  disks: readonly StrangeDevice[],
  call: DriverCall,
): Promise<readonly StrangeDevice[]> {
  const named = await allEnded(
    disks.map(async (disk) => {
      const vdi = await orGone(() =>
        knownRecord(context, 'VDI', disk.what, () =>
          context.xapi.read('VDI.get_record', [disk.what], call),
        ),
      );
      return vdi === undefined ? [] : [{ ...disk, what: vdi.uuid }];
    }),
  );
  return named.flat();
}

/** Reads a VM's devices. One that vanishes meanwhile counts as gone. */
export async function readState(
  context: DriverContext,
  found: Found<VMRecord>,
  call: DriverCall,
): Promise<ServerState> {
  const { xapi } = context;
  const { ref, record } = found;
  const [vbds, vifs, metrics, memoryUsed] = await allEnded([
    readAll(record.VBDs, (device) =>
      knownRecord(context, 'VBD', device, () => xapi.read('VBD.get_record', [device], call)),
    ),
    readAll(record.VIFs, (device) =>
      knownRecord(context, 'VIF', device, () => xapi.read('VIF.get_record', [device], call)),
    ),
    readGuest(context, record, call),
    readMemory(context, record, call),
  ]);
  const paravirtual = record.HVM_boot_policy === '';
  return {
    ref,
    record,
    claimed: isClaimed(record),
    restart: readRestartStamp(record.other_config),
    guest: guestReport(metrics),
    plugging: {
      VBD: paravirtual || canPlug(metrics, 'VBD'),
      VIF: paravirtual || canPlug(metrics, 'VIF'),
    },
    memoryUsed,
    refusals: {
      memory: readRefusal(record.other_config, 'ramSizeMb'),
      processors: readRefusal(record.other_config, 'cpuCount'),
    },
    now: context.clock.now(),
    cd: await readCd(context, vbds, call),
    disks: vbds.flatMap(([device, vbd]) => diskState(device, vbd)),
    nics: vifs.flatMap(([device, vif]) => nicState(device, vif)),
    strangers: {
      disks: vbds.flatMap(([device, vbd]) => strangeDisk(device, vbd)),
      nics: vifs.flatMap(([device, vif]) => strangeNic(device, vif)),
    },
    operations: Object.assign(
      {},
      record.current_operations,
      ...[...vbds, ...vifs].map(([, device]) => device.current_operations),
    ),
  };
}

// A guest that has ended leaves its last report behind.
async function readGuest(
  context: DriverContext,
  { power_state: power, guest_metrics: metrics }: VMRecord,
  call: DriverCall,
): Promise<GuestMetrics | undefined> {
  if (power !== 'Running' || isNullRef(metrics)) return undefined;
  return orGone(() =>
    knownRecord(context, 'VM_guest_metrics', metrics, () =>
      context.xapi.read('VM_guest_metrics.get_record', [metrics], call),
    ),
  );
}

async function readMemory(
  { xapi }: DriverContext,
  { power_state: power, metrics, memory_dynamic_max: target, memory_static_max: most }: VMRecord,
  call: DriverCall,
): Promise<number | undefined> {
  const shrinks = target < most;
  if (power !== 'Running' || !shrinks || isNullRef(metrics)) return undefined;
  const found = await orGone(() => xapi.read('VM_metrics.get_record', [metrics], call));
  return found?.memory_actual;
}

async function readAll<Record>(
  refs: readonly string[],
  read: (ref: string) => Promise<Record>,
): Promise<readonly (readonly [string, Record])[]> {
  const records = await allEnded(
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
  return [
    {
      ref,
      device: Number(vbd.userdevice),
      volume,
      attached: vbd.currently_attached,
      unpluggable: vbd.unpluggable,
      refusal: readRefusal(vbd.other_config, 'plugging'),
    },
  ];
}

function strangeDisk(ref: string, vbd: VBDRecord): readonly StrangeDevice[] {
  const marked = vbd.other_config[ID] !== undefined && vbd.other_config[VOLUME] !== undefined;
  return marked || vbd.type !== 'Disk' || isNullRef(vbd.VDI)
    ? []
    : [{ ref, device: Number(vbd.userdevice), what: vbd.VDI }];
}

function strangeNic(ref: string, vif: VIFRecord): readonly StrangeDevice[] {
  const marked = vif.other_config[ID] !== undefined && vif.other_config[NETWORK] !== undefined;
  return marked ? [] : [{ ref, device: Number(vif.device), what: vif.MAC.toLowerCase() }];
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
      // Releases before 6.1 have no such field.
      addresses: [...(vif.ipv4_allowed ?? []), ...(vif.ipv6_allowed ?? [])],
      attached: vif.currently_attached,
      refusal: readRefusal(vif.other_config, 'plugging'),
      unfiltered: readUnfiltered(vif.other_config),
    },
  ];
}

/** The power states of VMs as the contract has them. */
export const POWER_STATES = {
  Halted: 'halted',
  Running: 'running',
  Paused: 'paused',
  Suspended: 'suspended',
} as const;
