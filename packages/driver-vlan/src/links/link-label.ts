import type { SegmentPort } from '../plan/segment-port.js';
import type { TrunkPort, UplinkPort } from './machine-ports.js';

/**
 * What a device in a namespace leads to, one word: it is written on the device (`alias`) when it is attached, and shows
 * later whether that is still what is asked for. A switch keeps to itself what a port of it is tagged with.
 */
export type LinkLabel = string;

/** The label of a segment's device. */
export function tenantLabel(segment: SegmentPort, trunk: TrunkPort): LinkLabel {
  const id = segment.kind === 'qinq' ? `${segment.outerId}.${segment.id}` : segment.id;
  return `${segment.kind}/${id}/${portWord(trunk)}`;
}

/** The label of an uplink's device. */
export function uplinkLabel(uplink: UplinkPort): LinkLabel {
  return portWord(uplink);
}

function portWord(port: TrunkPort | UplinkPort): string {
  switch (port.by) {
    case 'bridges':
      return port.by;
    case 'kernel':
    case 'macvlan':
      return `${port.by}/${port.device}`;
    case 'bridge':
    case 'openvswitch':
      return `${port.by}/${port.bridge}`;
  }
}
