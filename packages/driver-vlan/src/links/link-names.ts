import { createHash } from 'node:crypto';
import { type DeviceName, type NamespaceName, passingDevice } from '../plan/plan-names.js';
import type { SegmentPort } from '../plan/segment-port.js';

/** Names of the devices that a network has outside of its namespace; 13 characters, the same on every look. */
export interface LinkNames {
  /** The tenant's device until it is in the namespace. */
  readonly tenant: DeviceName;
  /** Of a segment that is a bridge here: the bridge, and the port on it. */
  readonly bridge: DeviceName;
  readonly port: DeviceName;
  /** Of a probe, which is on the segment for a moment, as a server would be: the port, and the end that sends. */
  readonly probe: { readonly port: DeviceName; readonly passing: DeviceName };
  /** Of an uplink: the port that stays outside, and the namespace's device until it is there. */
  uplink(uplink: DeviceName): { readonly port: DeviceName; readonly passing: DeviceName };
}

/** The names of a network's devices. */
export function linkNames(namespace: NamespaceName): LinkNames {
  return {
    tenant: passingDevice('t', namespace),
    bridge: named('b', namespace),
    port: named('v', namespace),
    probe: { port: named('y', namespace), passing: named('z', namespace) },
    uplink: (uplink) => ({
      port: named('x', `${namespace}/${uplink}`),
      passing: named('w', `${namespace}/${uplink}`),
    }),
  };
}

/** The device of an outer tag, which all networks inside it share. */
export function outerDevice(segment: Extract<SegmentPort, { readonly kind: 'qinq' }>): DeviceName {
  return passingDevice('o', `${segment.trunk}/${segment.outerId}`);
}

function named(letter: string, seed: string): DeviceName {
  return `${letter}${createHash('sha256').update(seed).digest('hex').slice(0, 12)}` as DeviceName;
}
