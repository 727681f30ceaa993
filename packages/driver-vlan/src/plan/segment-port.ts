import type { PhysicalNetwork, Segment } from '@gdcloud/core';
import { invalidField } from './invalid-document.js';
import { type DeviceName, trunkDevice } from './plan-names.js';

/** A segment on a device of the machine: the trunk that has its physical network's name. */
export type SegmentPort =
  /** 802.1Q */
  | { readonly kind: 'vlan'; readonly trunk: DeviceName; readonly id: Vid }
  /** 802.1ad */
  | {
      readonly kind: 'qinq';
      readonly trunk: DeviceName;
      readonly outerId: Vid;
      readonly id: Vid;
    }
  /** RFC 7348; `id` is the 24-bit VNI. */
  | { readonly kind: 'vxlan'; readonly trunk: DeviceName; readonly id: Vni };

/** A VLAN tag, 1–4094. */
export type Vid = number & { readonly __brand: 'Vid' };

/** A VXLAN's number, 1–16777215. */
export type Vni = number & { readonly __brand: 'Vni' };

/** Reads a segment, which must be in a range of one of our physical networks. Throws `invalid`. */
export function parseSegment(
  segment: Segment,
  physicalNetworks: readonly PhysicalNetwork[],
): SegmentPort {
  const trunk = trunkDevice(segment.physicalNetwork, 'segment.physicalNetwork');
  const ours = physicalNetworks.some(
    ({ name, kind, firstId, lastId }) =>
      name === segment.physicalNetwork &&
      kind === segment.kind &&
      segment.id >= firstId &&
      segment.id <= lastId,
  );
  // Tags outside our ranges belong to the operator's own networks.
  if (!ours) {
    throw invalidField(
      'SegmentNotOurs',
      'segment.id',
      'the segment is in no range of a configured physical network',
    );
  }
  switch (segment.kind) {
    case 'vlan':
      return { kind: 'vlan', trunk, id: parseVid(segment.id, 'segment.id') };
    case 'qinq':
      return {
        kind: 'qinq',
        trunk,
        outerId: parseVid(segment.outerId, 'segment.outerId'),
        id: parseVid(segment.id, 'segment.id'),
      };
    case 'vxlan':
      return { kind: 'vxlan', trunk, id: parseVni(segment.id) };
  }
}

function parseVid(id: number, field: string): Vid {
  if (!Number.isInteger(id) || id < 1 || id > 4094) {
    throw invalidField('InvalidSegmentId', field, 'a VLAN tag is a whole number from 1 to 4094');
  }
  return id as Vid;
}

function parseVni(id: number): Vni {
  if (!Number.isInteger(id) || id < 1 || id > 16_777_215) {
    throw invalidField(
      'InvalidSegmentId',
      'segment.id',
      "a VXLAN's number is a whole number from 1 to 16777215",
    );
  }
  return id as Vni;
}
