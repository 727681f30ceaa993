import type { Json, ServerDesired, ServerDisk, ServerNic } from '@gdcloud/core';
import type { Settings } from '../../options.js';
import { isRefused, type Refusal, reasonOf } from './refusal.js';
import { allowedAddresses, isLeftUnfiltered } from './source-filter.js';
import type { DiskState, NicState, PlannedState } from './state.js';
import { type Action, inOrder, NOTHING, type Plan, step, waits } from './step.js';

interface DeviceState {
  readonly ref: string;
  readonly device: number;
  readonly attached: boolean;
  readonly refusal: Refusal | undefined;
}

interface Fitting {
  readonly wanted: Json;
  readonly actual: Json;
  readonly fits: boolean;
}

/** What differs in a server's disks. Pure. */
export function planDisks(state: PlannedState, desired: ServerDesired): Plan {
  const present = state.disks.map((disk: DiskState) => {
    const field = `disks.${disk.device}`;
    const wanted = desired.disks.find(({ device }) => device === disk.device)?.volume ?? null;
    const fitting = { wanted, actual: disk.volume, fits: wanted === disk.volume };
    return planDevice('VBD', state, { ...disk, field }, fitting);
  });
  const missing = desired.disks
    .filter(({ device }) => !state.disks.some((disk) => disk.device === device))
    .map((disk) => planMissingDisk(state, disk));
  return inOrder(...present, ...missing);
}

/** What differs in a server's network cards. Pure. */
export function planNics(state: PlannedState, desired: ServerDesired, settings: Settings): Plan {
  const present = state.nics.map((nic: NicState) => {
    const field = `nics.${nic.device}`;
    const wanted = desired.nics.find(({ device }) => device === nic.device);
    const fits = wanted?.network === nic.network && wanted.macAddress === nic.macAddress;
    const shown = wanted === undefined ? null : wanted.macAddress;
    if (fits && settings.sourceFilter === 'vif' && !isFiltered(state, nic, wanted)) {
      const { ref, unfiltered } = nic;
      const action: Action = { kind: 'allowAddress', card: { ref, unfiltered, nic: wanted } };
      const allowed = allowedAddresses(wanted).join(' ');
      return step(field, allowed, nic.addresses.join(' '), action);
    }
    const fitting = { wanted: shown, actual: nic.macAddress, fits };
    return planDevice('VIF', state, { ...nic, field, unpluggable: true }, fitting);
  });
  const missing = desired.nics
    .filter(({ device }) => !state.nics.some((nic) => nic.device === device))
    .map((nic) => planMissingNic(state, nic));
  return inOrder(...present, ...missing);
}

// As it is to be, or as the pool, or the adoption, leaves it.
function isFiltered(state: PlannedState, nic: NicState, wanted: ServerNic): boolean {
  if (isLeftUnfiltered(nic.unfiltered, state.poolVersion)) return true;
  return (
    nic.unfiltered === undefined &&
    allowedAddresses(wanted).every((address) => nic.addresses.includes(address))
  );
}

// A disk that was there when its server was adopted is marked where it is.
function planMissingDisk({ strangers }: PlannedState, disk: ServerDisk): Plan {
  const { device, volume } = disk;
  const there = strangers?.disks.find((one) => one.device === device && one.what === volume);
  const field = `disks.${device}`;
  return there === undefined
    ? step(field, volume, null, { kind: 'addDisk', disk })
    : step(field, volume, { unmarked: volume }, { kind: 'markDisk', ref: there.ref, disk });
}

function planMissingNic({ strangers }: PlannedState, nic: ServerNic): Plan {
  const { device, macAddress } = nic;
  const there = strangers?.nics.find((one) => one.device === device && one.what === macAddress);
  const field = `nics.${device}`;
  return there === undefined
    ? step(field, macAddress, null, { kind: 'addNic', nic })
    : step(field, macAddress, { unmarked: macAddress }, { kind: 'markNic', ref: there.ref, nic });
}

/** Takes a device away, or plugs in one that a running VM does not have yet. */
function planDevice(
  device: 'VBD' | 'VIF',
  state: PlannedState,
  of: DeviceState & { readonly field: string; readonly unpluggable: boolean },
  { wanted, actual, fits }: Fitting,
): Plan {
  const { ref, field, attached, unpluggable } = of;
  const running = state.record.power_state === 'Running';
  if (!running) {
    return fits ? NOTHING : step(field, wanted, actual, { kind: 'remove', device, ref });
  }
  if (fits && attached) return NOTHING;
  if (!fits && !attached) {
    return step(field, wanted, { unplugged: actual }, { kind: 'remove', device, ref });
  }
  if (fits) {
    const plug = step(field, wanted, { unplugged: actual }, { kind: 'plug', device, ref });
    return guarded(device, state, of, plug);
  }
  const unplug = unpluggable
    ? step(field, wanted, actual, { kind: 'unplug', device, ref })
    : step(field, wanted, { fixed: actual }, { kind: 'allowUnplug', ref });
  return guarded(device, state, of, unplug);
}

// What the guest can't do, or would not a moment ago, waits for its restart and holds up nothing else.
function guarded(
  device: 'VBD' | 'VIF',
  { record, now, plugging }: PlannedState,
  { field, refusal }: DeviceState & { readonly field: string },
  plan: Plan,
): Plan {
  if (!plugging[device]) return waits(field, 'its guest has no tools');
  return isRefused(refusal, { domain: record.domid, now }) ? waits(field, reasonOf(refusal)) : plan;
}
