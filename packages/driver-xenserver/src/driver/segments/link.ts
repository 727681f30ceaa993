import { DriverFailure, type SegmentDesired } from '@gdcloud/core';
import type { DriverContext } from '../context.js';

/** Tags that 802.1Q has; XAPI refuses others, but only once the network is made. */
const FIRST_TAG = 1;
const LAST_TAG = 4094;

/** How a segment is told apart on the wire. */
export interface Link {
  /** Device of each host. */
  readonly device: string;
  readonly tag: number;
}

/** The device and tag of a segment; `invalid` when this pool can't carry it. */
export function resolveLink({ settings }: DriverContext, { segment }: SegmentDesired): Link {
  if (segment.kind !== 'vlan') {
    throw new DriverFailure(
      'invalid',
      'SegmentKindUnsupported',
      `XenServer carries no segments of kind ${segment.kind}`,
      {
        remedy: 'Configure the physical network with VLANs.',
      },
    );
  }
  if (segment.id < FIRST_TAG || segment.id > LAST_TAG) {
    throw new DriverFailure('invalid', 'VlanTagInvalid', `there is no VLAN ${segment.id}`, {
      remedy: `Configure ids from ${FIRST_TAG} to ${LAST_TAG} for the physical network.`,
    });
  }
  const device = settings.trunks[segment.physicalNetwork];
  if (device === undefined) {
    throw new DriverFailure(
      'invalid',
      'PhysicalNetworkUnknown',
      `no trunk is set for ${segment.physicalNetwork}`,
      {
        remedy:
          'Name the device of this physical network in the option `trunks` of the XenServer driver.',
      },
    );
  }
  return { device, tag: segment.id };
}
