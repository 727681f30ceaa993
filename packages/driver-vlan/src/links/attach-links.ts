import { DriverFailure } from '@gdcloud/core';
import type { CommandLine } from '../commands/command-runner.js';
import type { DeviceName, MacAddress, NamespaceName } from '../plan/plan-names.js';
import type { SegmentPort } from '../plan/segment-port.js';
import { type LinkNames, outerDevice } from './link-names.js';
import type { SwitchPort, TrunkPort, UplinkPort } from './machine-ports.js';
import { addPort, finishChecksums } from './switch-ports.js';

/** How a device that is not in its namespace yet is made anew. What is left of an earlier attempt goes first. */
export interface Attachment {
  /** Lines for `ip -batch` outside of all namespaces. Names always follow `dev` or `name`: `ip` knows short forms of its words. */
  readonly lines: readonly string[];
  /** Programs to be run then. */
  readonly after: readonly CommandLine[];
  /** The device that is to be moved and renamed at last; absent where it was made in its place, which costs a third. */
  readonly passing?: DeviceName | undefined;
}

/** Where a device goes. */
export interface Destination {
  readonly namespace: NamespaceName;
  readonly device: DeviceName;
  readonly macAddress: MacAddress;
}

/** VXLAN's own port, RFC 7348. */
const VXLAN_PORT = 4789;

/** Brings a segment to this machine as a device. Throws `invalid` for a kind that the trunk can't carry. */
export function attachTenant(
  segment: SegmentPort,
  trunk: TrunkPort,
  names: LinkNames,
  to: Destination,
  outside: ReadonlySet<string>,
): Attachment {
  const passing = names.tenant;
  switch (trunk.by) {
    case 'kernel':
      return {
        lines: [...gone(passing, outside), ...tagged(segment, trunk, passing, outside)],
        after: [],
        passing,
      };
    case 'openvswitch':
      if (segment.kind !== 'vlan') throw unsupported(segment.kind);
      return switched(trunk, { port: names.port, passing }, [`tag=${segment.id}`], outside);
    case 'bridges': {
      const { bridge, port: outer } = names;
      return {
        lines: [
          ...(outside.has(bridge)
            ? [`link set dev ${bridge} up`]
            : [`link add name ${bridge} up type bridge`]),
          ...gone(outer, outside),
          bridged(outer, bridge, to),
        ],
        after: [],
      };
    }
  }
}

/** Makes the way to an uplink as a device. */
export function attachUplink(
  uplink: UplinkPort,
  ends: { readonly port: DeviceName; readonly passing: DeviceName },
  to: Destination,
  outside: ReadonlySet<string>,
): Attachment {
  const { port: outer, passing } = ends;
  switch (uplink.by) {
    case 'bridge':
      return {
        lines: [...gone(outer, outside), bridged(outer, uplink.bridge, to)],
        after: [],
      };
    case 'macvlan':
      return {
        lines: [
          ...gone(passing, outside),
          `link add link ${uplink.device} name ${passing} type macvlan mode bridge`,
        ],
        after: [],
        passing,
      };
    case 'openvswitch':
      return switched(uplink, ends, [], outside);
  }
}

function switched(
  { bridge, datapath }: SwitchPort,
  { port, passing }: { readonly port: DeviceName; readonly passing: DeviceName },
  columns: readonly string[],
  outside: ReadonlySet<string>,
): Attachment {
  return {
    lines: [...gone(port, outside), ...veth(port, passing)],
    after: [
      addPort(bridge, port, columns),
      ...(datapath === 'netdev' ? [finishChecksums(passing)] : []),
    ],
    passing,
  };
}

function tagged(
  segment: SegmentPort,
  { device, group }: Extract<TrunkPort, { readonly by: 'kernel' }>,
  passing: DeviceName,
  outside: ReadonlySet<string>,
): readonly string[] {
  switch (segment.kind) {
    case 'vlan':
      return [`link add link ${device} name ${passing} type vlan id ${segment.id}`];
    case 'qinq': {
      const outer = outerDevice(segment);
      return [
        ...(outside.has(outer)
          ? []
          : [
              `link add link ${device} name ${outer} type vlan proto 802.1ad id ${segment.outerId}`,
            ]),
        `link set dev ${outer} up`,
        `link add link ${outer} name ${passing} type vlan id ${segment.id}`,
      ];
    }
    case 'vxlan':
      return [
        `link add name ${passing} type vxlan id ${segment.id} dev ${device} group ${group} dstport ${VXLAN_PORT}`,
      ];
  }
}

// The inner end gets its name where it belongs: one change of the kernel's tables in place of five.
function bridged(
  outer: DeviceName,
  bridge: DeviceName,
  { namespace, device, macAddress }: Destination,
): string {
  return `link add name ${outer} up master ${bridge} type veth peer name ${device} address ${macAddress} netns ${namespace}`;
}

// Both ends go with one.
function veth(outer: DeviceName, inner: DeviceName): readonly string[] {
  return [`link add name ${outer} type veth peer name ${inner}`, `link set dev ${outer} up`];
}

function gone(device: DeviceName, outside: ReadonlySet<string>): readonly string[] {
  return outside.has(device) ? [`link delete dev ${device}`] : [];
}

function unsupported(kind: string): DriverFailure {
  return new DriverFailure(
    'invalid',
    'SegmentUnsupported',
    `Open vSwitch carries VLANs here, not ${kind}`,
    { remedy: 'Give the appliance a trunk by the kernel for that physical network.' },
  );
}
