import type {
  Change,
  Json,
  PendingChange,
  ResourceUuid,
  ServerDesired,
  ServerDisk,
  ServerNic,
} from '@gdcloud/core';
import type { Settings } from '../../options.js';
import type { StaleLock } from './disk-locks.js';
import { planCd } from './plan-cd.js';
import { isSealed, isSealedByUs } from './reboot-seal.js';
import type { Residence } from './residence.js';
import { rebootPending, restartsDone } from './restart-stamp.js';
import type { DiskState, NicState, PlannedState } from './state.js';

/** What one update does to the pool. */
export type Action =
  | {
      readonly kind: 'rename' | 'resizeMemory' | 'start' | 'stop' | 'unpause' | 'resume' | 'reboot';
    }
  | {
      /** `declareOff`: it runs nowhere, though the pool shows it on a host that is off. */
      readonly kind: 'migrate' | 'declareOff';
    }
  | {
      readonly kind: 'releaseDisk';
      readonly lock: StaleLock;
    }
  | { readonly kind: 'setCpusMax' | 'setCpusAtStartup' | 'sealReboots' | 'unsealReboots' }
  | { readonly kind: 'stampRestart'; readonly domain: number }
  | { readonly kind: 'addDisk'; readonly disk: ServerDisk }
  | { readonly kind: 'addNic'; readonly nic: ServerNic }
  | { readonly kind: 'addCd' }
  | { readonly kind: 'insertCd'; readonly ref: string; readonly disk: ResourceUuid }
  | { readonly kind: 'ejectCd'; readonly ref: string }
  | { readonly kind: 'allowAddress'; readonly ref: string; readonly nic: ServerNic }
  | {
      readonly kind: 'plug' | 'unplug' | 'remove';
      readonly device: 'VBD' | 'VIF';
      readonly ref: string;
    };

/** A difference and what would be done about it. */
export interface Step extends Change {
  readonly action: Action;
}

/** Bytes of one MiB. */
export const MIB: number = 2 ** 20;

function step(field: string, desired: Json, actual: Json, action: Action): Step {
  return { field, desired, actual, action };
}

/**
 * What differs between a VM and the server it should be, in the order to be done. Pure. Of a running server memory and
 * CPUs stay as they are until it is stopped, so they don't count as different.
 */
export function planServer(
  state: PlannedState,
  desired: ServerDesired,
  settings: Settings,
): readonly Step[] {
  const { residence = { kind: 'right' } } = state;
  // What runs on a host that does not answer is left as it is.
  if (residence.kind === 'unreachable') return [];
  if (residence.kind === 'lost')
    return [step('host', desired.host, residence.host, { kind: 'declareOff' })];
  const halted = state.record.power_state === 'Halted';
  const power = planPower(state, desired);
  const stopping = desired.powerState === 'halted' && !halted;
  return [
    ...(stopping ? power : []),
    ...planMove(state, desired, residence),
    ...(halted ? planLocks(state) : []),
    ...planName(state, desired),
    ...(halted ? planSize(state, desired) : []),
    ...planDisks(state, desired),
    ...planNics(state, desired, settings),
    ...planCd(state, desired),
    ...(halted ? planRestart(state, desired) : []),
    ...(stopping ? [] : power),
    ...(halted || stopping ? [] : planRestart(state, desired)),
  ];
}

/** A VM right after `VM.create`: halted, of the right size, and without devices. Pure. */
export function newState(desired: ServerDesired): PlannedState {
  const memory = desired.ramSizeMb * MIB;
  return {
    record: {
      power_state: 'Halted',
      domid: -1,
      name_label: desired.name,
      memory_static_max: memory,
      memory_dynamic_max: memory,
      VCPUs_max: desired.cpuCount,
      VCPUs_at_startup: desired.cpuCount,
      blocked_operations: {},
    },
    restart: { count: desired.restarts, domain: -1 },
    disks: [],
    nics: [],
  };
}

/** What of a running server's size waits until it is stopped. Pure. */
export function pendingChanges(
  state: PlannedState,
  desired: ServerDesired,
): readonly PendingChange[] {
  if (state.record.power_state === 'Halted') return [];
  const fields = new Set(planSize(state, desired).map(({ field }) => field));
  return [...fields].map((field) => ({ field, reason: 'it changes only while the server is off' }));
}

// Only what runs can be moved as it runs; what is to stop needs not be moved before.
function planMove(
  { record }: PlannedState,
  { host, powerState }: ServerDesired,
  residence: Residence,
): readonly Step[] {
  return residence.kind === 'elsewhere' &&
    powerState === 'running' &&
    record.power_state === 'Running'
    ? [step('host', host, residence.host, { kind: 'migrate' })]
    : [];
}

function planLocks({ staleLocks = [] }: PlannedState): readonly Step[] {
  return staleLocks.map((lock) =>
    step(`locks.${lock.device}`, null, lock.host, { kind: 'releaseDisk', lock }),
  );
}

function planName({ record }: PlannedState, { name }: ServerDesired): readonly Step[] {
  return record.name_label === name
    ? []
    : [step('name', name, record.name_label, { kind: 'rename' })];
}

function planSize({ record }: PlannedState, desired: ServerDesired): readonly Step[] {
  const steps: Step[] = [];
  const ramSizeMb = record.memory_static_max / MIB;
  if (ramSizeMb !== desired.ramSizeMb || record.memory_dynamic_max !== record.memory_static_max) {
    steps.push(step('ramSizeMb', desired.ramSizeMb, ramSizeMb, { kind: 'resizeMemory' }));
  }
  const { VCPUs_at_startup: atStartup, VCPUs_max: most } = record;
  if (atStartup !== desired.cpuCount || most !== desired.cpuCount) {
    // XAPI refuses more at startup than at most: raise the limit first, lower it last.
    const limitFirst = desired.cpuCount > most || atStartup === desired.cpuCount;
    const kind = limitFirst ? 'setCpusMax' : 'setCpusAtStartup';
    // Two steps, told apart by what is there before each.
    const actual = atStartup === most ? atStartup : { atStartup, most };
    steps.push(step('cpuCount', desired.cpuCount, actual, { kind }));
  }
  return steps;
}

interface DeviceState {
  readonly ref: string;
  readonly device: number;
  readonly attached: boolean;
}

/** Steps that take a device away, or plug in one that a running VM does not have yet. */
function planDevice(
  field: string,
  device: 'VBD' | 'VIF',
  state: DeviceState,
  options: {
    readonly wanted: Json;
    readonly actual: Json;
    readonly fits: boolean;
    readonly running: boolean;
  },
): readonly Step[] {
  const { wanted, actual, fits, running } = options;
  const { ref, attached } = state;
  if (!fits) {
    if (attached && running) return [step(field, wanted, actual, { kind: 'unplug', device, ref })];
    const left = running ? { unplugged: actual } : actual;
    return [step(field, wanted, left, { kind: 'remove', device, ref })];
  }
  if (!running || attached) return [];
  return [step(field, wanted, { unplugged: actual }, { kind: 'plug', device, ref })];
}

function planDisks({ disks, record }: PlannedState, desired: ServerDesired): readonly Step[] {
  const running = record.power_state === 'Running';
  const present = disks.flatMap((disk: DiskState) => {
    const wanted = desired.disks.find(({ device }) => device === disk.device)?.volume ?? null;
    const fits = wanted === disk.volume;
    return planDevice(`disks.${disk.device}`, 'VBD', disk, {
      wanted,
      actual: disk.volume,
      fits,
      running,
    });
  });
  const missing = desired.disks
    .filter(({ device }) => !disks.some((disk) => disk.device === device))
    .map((disk) => step(`disks.${disk.device}`, disk.volume, null, { kind: 'addDisk', disk }));
  return [...present, ...missing];
}

function planNics(
  { nics, record }: PlannedState,
  desired: ServerDesired,
  settings: Settings,
): readonly Step[] {
  const running = record.power_state === 'Running';
  const present = nics.flatMap((nic: NicState) => {
    const field = `nics.${nic.device}`;
    const wanted = desired.nics.find(({ device }) => device === nic.device);
    const fits = wanted?.network === nic.network && wanted.macAddress === nic.macAddress;
    const shown = wanted === undefined ? null : wanted.macAddress;
    if (fits && settings.sourceFilter === 'vif' && !nic.addresses.includes(wanted.ipv4Address)) {
      const action: Action = { kind: 'allowAddress', ref: nic.ref, nic: wanted };
      return [step(field, wanted.ipv4Address, nic.addresses.join(' '), action)];
    }
    return planDevice(field, 'VIF', nic, { wanted: shown, actual: nic.macAddress, fits, running });
  });
  const missing = desired.nics
    .filter(({ device }) => !nics.some((nic) => nic.device === device))
    .map((nic) => step(`nics.${nic.device}`, nic.macAddress, null, { kind: 'addNic', nic }));
  return [...present, ...missing];
}

function planPower({ record }: PlannedState, desired: ServerDesired): readonly Step[] {
  const actual = record.power_state.toLowerCase();
  if (actual === desired.powerState) return [];
  const kinds = {
    Halted: 'start',
    Paused: 'unpause',
    Suspended: 'resume',
    Running: 'stop',
  } as const;
  const kind = desired.powerState === 'halted' ? 'stop' : kinds[record.power_state];
  return [step('powerState', desired.powerState, actual, { kind })];
}

// Announced, rebooted, sealed: a step each, told apart by what is there before it.
function planRestart({ record, restart }: PlannedState, desired: ServerDesired): readonly Step[] {
  const { power_state: power, domid, blocked_operations: blocked } = record;
  const { restarts } = desired;
  const done = restartsDone(restart, domid);
  if (done >= restarts) {
    // A server that was never rebooted has nothing that could be repeated.
    return restart.domain < 0 || isSealed(blocked)
      ? []
      : [step('restarts', restarts, { unsealed: done }, { kind: 'sealReboots' })];
  }
  if (restart.count < restarts || !rebootPending(restart, domid)) {
    const domain = power === 'Halted' ? -1 : domid;
    return [step('restarts', restarts, done, { kind: 'stampRestart', domain })];
  }
  return isSealedByUs(blocked)
    ? [step('restarts', restarts, { sealed: done }, { kind: 'unsealReboots' })]
    : [step('restarts', restarts, { announced: done + 1 }, { kind: 'reboot' })];
}
