import { DriverFailure, type SegmentDesired } from '@gdcloud/core';
import type { DriverContext } from '../context.js';

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
