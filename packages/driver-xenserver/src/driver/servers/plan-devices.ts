import type { Json, ServerDesired } from '@gdcloud/core';
import type { SourceFilter } from '../source-filter.js';
import { isRefused, type Refusal, reasonOf } from './refusal.js';
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
    .map((disk) => step(`disks.${disk.device}`, disk.volume, null, { kind: 'addDisk', disk }));
  return inOrder(...present, ...missing);
}

/** What differs in a server's network cards. Pure. */
export function planNics(state: PlannedState, desired: ServerDesired, filter: SourceFilter): Plan {
  const present = state.nics.map((nic: NicState) => {
    const field = `nics.${nic.device}`;
    const wanted = desired.nics.find(({ device }) => device === nic.device);
    const fits = wanted?.network === nic.network && wanted.macAddress === nic.macAddress;
    const shown = wanted === undefined ? null : wanted.macAddress;
    if (fits && filter === 'vif' && !nic.addresses.includes(wanted.ipv4Address)) {
      const action: Action = { kind: 'allowAddress', ref: nic.ref, nic: wanted };
      return step(field, wanted.ipv4Address, nic.addresses.join(' '), action);
    }
    const fitting = { wanted: shown, actual: nic.macAddress, fits };
    return planDevice('VIF', state, { ...nic, field, unpluggable: true }, fitting);
  });
  const missing = desired.nics
    .filter(({ device }) => !state.nics.some((nic) => nic.device === device))
    .map((nic) => step(`nics.${nic.device}`, nic.macAddress, null, { kind: 'addNic', nic }));
  return inOrder(...present, ...missing);
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
