import type { ApplianceDesired, PhysicalNetwork, ResourceUuid, Segment } from '@gdcloud/core';
import { type DomainName, parseDomainName } from './domain-name.js';
import { invalidDocument } from './invalid-document.js';
import { type Ipv4Address, type Ipv4Range, parseGateway, parseIpv4Range } from './ipv4.js';
import { type DeviceName, trunkDevice } from './plan-names.js';

/** A network's document after validation: the only form from which plan text is made. */
export interface ApplianceDocument {
  readonly network: ResourceUuid;
  readonly revision: number;
  readonly link: SegmentLink;
  readonly range: Ipv4Range;
  readonly gateway: Ipv4Address;
  readonly domain: DomainName;
}

/** A segment as tagged link of a trunk: `outerId` for 802.1ad. */
export interface SegmentLink {
  readonly trunk: DeviceName;
  readonly outerId?: number | undefined;
  readonly id: number;
}

/**
 * Validates a document field by field. The network's name is not taken over: it is free text, and no plan needs it.
 * Throws a DriverFailure `invalid`.
 */
export function parseAppliance(
  network: ResourceUuid,
  desired: ApplianceDesired,
  physicalNetworks: readonly PhysicalNetwork[],
): ApplianceDocument {
  if (!Number.isSafeInteger(desired.revision) || desired.revision < 0) {
    throw invalidDocument('InvalidRevision', 'a revision is a whole number from 0');
  }
  const range = parseIpv4Range(desired.ipv4Cidr);
  return {
    network,
    revision: desired.revision,
    link: parseSegment(desired.segment, physicalNetworks),
    range,
    gateway: parseGateway(desired.gatewayIpv4Address, range),
    domain: parseDomainName(desired.domain),
  };
}

function parseSegment(segment: Segment, physicalNetworks: readonly PhysicalNetwork[]): SegmentLink {
  const trunk = trunkDevice(segment.physicalNetwork);
  const ours = physicalNetworks.some(
    ({ name, kind, firstId, lastId }) =>
      name === segment.physicalNetwork &&
      kind === segment.kind &&
      segment.id >= firstId &&
      segment.id <= lastId,
  );
  // Tags outside our ranges belong to the operator's own networks.
  if (!ours)
    throw invalidDocument(
      'SegmentNotOurs',
      'the segment is in no range of a configured physical network',
    );
  switch (segment.kind) {
    case 'vlan':
      return { trunk, id: parseTag(segment.id) };
    case 'qinq':
      return { trunk, outerId: parseTag(segment.outerId), id: parseTag(segment.id) };
    case 'vxlan':
      throw invalidDocument('SegmentUnsupported', 'VXLAN segments are not carried yet');
  }
}

function parseTag(id: number): number {
  if (!Number.isInteger(id) || id < 1 || id > 4094) {
    throw invalidDocument('InvalidSegmentId', 'a VLAN tag is a whole number from 1 to 4094');
  }
  return id;
}
