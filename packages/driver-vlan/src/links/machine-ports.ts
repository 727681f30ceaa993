import { DriverFailure } from '@gdcloud/core';
import type { DeviceName } from '../plan/plan-names.js';

/** What a machine offers to an appliance: its trunks and its ways outside, by the physical networks' names. */
export interface MachinePorts {
  readonly trunks: ReadonlyMap<DeviceName, TrunkPort>;
  readonly uplinks: ReadonlyMap<DeviceName, UplinkPort>;
}

/** How segments leave the machine. */
export type TrunkPort =
  /** Tagged on a device by the kernel's 8021q, or as VXLAN over it. `group`: where VXLAN sends what everyone is to hear. */
  | { readonly by: 'kernel'; readonly device: DeviceName; readonly group: string }
  /** A port of an Open vSwitch bridge, which tags. */
  | SwitchPort
  /** They don't: each segment is a bridge of its own on this machine. For sandboxes. */
  | { readonly by: 'bridges' };

/** How a network reaches the outside. */
export type UplinkPort =
  /** A port of a bridge of the kernel's. */
  | { readonly by: 'bridge'; readonly bridge: DeviceName }
  /** A MAC address of its own on a device of the machine. */
  | { readonly by: 'macvlan'; readonly device: DeviceName }
  | SwitchPort;

/** A bridge of Open vSwitch. `datapath`: its `datapath_type`. */
export interface SwitchPort {
  readonly by: 'openvswitch';
  readonly bridge: DeviceName;
  readonly datapath: SwitchDatapath;
}

/** Where Open vSwitch forwards: `system`, in the kernel, or `netdev`, in its own process (DPDK). */
export type SwitchDatapath = 'system' | 'netdev';

/** Whether any port of a machine is on a bridge of Open vSwitch. */
export function hasSwitch({ trunks, uplinks }: MachinePorts): boolean {
  return [...trunks.values(), ...uplinks.values()].some(({ by }) => by === 'openvswitch');
}

/** The trunk that carries a physical network here. Throws `invalid` where none does. */
export function trunkPort(ports: MachinePorts, name: DeviceName): TrunkPort {
  return ports.trunks.get(name) ?? missing('TrunkMissing', 'trunk', name);
}

/** The uplink to a physical network from here. Throws `invalid` where there is none. */
export function uplinkPort(ports: MachinePorts, name: DeviceName): UplinkPort {
  return ports.uplinks.get(name) ?? missing('UplinkMissing', 'uplink', name);
}

function missing(code: string, what: string, name: DeviceName): never {
  throw new DriverFailure('invalid', code, `this appliance has no ${what} ${name}`, {
    remedy: `Name ${name} among the ${what}s of the appliance's settings.`,
  });
}
