import { type DeviceName, trunkDevice } from '../plan/plan-names.js';
import type {
  MachinePorts,
  SwitchDatapath,
  SwitchPort,
  TrunkPort,
  UplinkPort,
} from './machine-ports.js';

/** How a machine that carries networks is wired, by the physical networks' names. */
export interface MachineSettings {
  readonly trunks: readonly TrunkSettings[];
  /** The ways outside that addresspools name. */
  readonly uplinks: readonly UplinkSettings[];
}

/** Where a physical network's segments leave the machine. */
export interface TrunkSettings {
  /** `physnet1` */
  readonly name: string;
  /** `kernel`: `device` is a network card or bond. `openvswitch`: a bridge of Open vSwitch. */
  readonly by: 'kernel' | 'openvswitch';
  readonly device: string;
  /** The multicast group of VXLAN segments; by default 239.103.100.1. */
  readonly vxlanGroup?: string | undefined;
  /** The `datapath_type` of a bridge of Open vSwitch; by default `system`. */
  readonly datapath?: SwitchDatapath | undefined;
  /** Of an appliance of a pair: the network cards by which it leaves the machine; by default `device`, where that is one. */
  readonly cards?: readonly string[] | undefined;
}

/** Where an uplink leaves the machine. */
export interface UplinkSettings {
  /** As addresspools name it. */
  readonly name: string;
  /** `bridge`: `device` is a bridge of the kernel's. `macvlan`: a network card. `openvswitch`: a bridge of Open vSwitch. */
  readonly by: 'bridge' | 'macvlan' | 'openvswitch';
  readonly device: string;
  /** The `datapath_type` of a bridge of Open vSwitch; by default `system`. */
  readonly datapath?: SwitchDatapath | undefined;
  /** Of an appliance of a pair: the network cards by which it leaves the machine; by default `device`, where that is one. */
  readonly cards?: readonly string[] | undefined;
}

/** Where VXLAN sends what everyone is to hear, unless an appliance is told otherwise. */
export const VXLAN_GROUP = '239.103.100.1';

/** Checks settings. Throws `invalid` for names that can't be a device's. */
export function machinePorts({ trunks, uplinks }: MachineSettings): MachinePorts {
  return {
    trunks: new Map(
      trunks.map((trunk) => [trunkDevice(trunk.name, 'trunks.name'), trunkPortOf(trunk)]),
    ),
    uplinks: new Map(
      uplinks.map((uplink) => [trunkDevice(uplink.name, 'uplinks.name'), uplinkPortOf(uplink)]),
    ),
  };
}

function trunkPortOf({ by, device, vxlanGroup, datapath }: TrunkSettings): TrunkPort {
  const name = trunkDevice(device, 'trunks.device');
  return by === 'kernel'
    ? { by, device: name, group: vxlanGroup ?? VXLAN_GROUP }
    : switchPort(name, datapath);
}

function uplinkPortOf({ by, device, datapath }: UplinkSettings): UplinkPort {
  const name = trunkDevice(device, 'uplinks.device');
  switch (by) {
    case 'macvlan':
      return { by, device: name };
    case 'bridge':
      return { by, bridge: name };
    case 'openvswitch':
      return switchPort(name, datapath);
  }
}

function switchPort(bridge: DeviceName, datapath: SwitchDatapath = 'system'): SwitchPort {
  return { by: 'openvswitch', bridge, datapath };
}

/** The ports of a sandbox: no segment leaves it, and each uplink is a bridge of that name which leads nowhere. */
export function sandboxPorts(
  physicalNetworks: readonly string[],
  uplinks: readonly string[],
): MachinePorts {
  const bridged = (name: string): readonly [DeviceName, UplinkPort] => {
    const device = trunkDevice(name, 'uplinks');
    return [device, { by: 'bridge', bridge: device }];
  };
  return {
    trunks: new Map(
      physicalNetworks.map((name) => [trunkDevice(name, 'physicalNetworks'), { by: 'bridges' }]),
    ),
    uplinks: new Map(uplinks.map(bridged)),
  };
}
