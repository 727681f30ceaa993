import { arp, frame, rarp, TAG, type Tag } from '../isolation/frames.js';
import type { MachineCards } from '../links/machine-cards.js';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { DeviceName, MacAddress } from '../plan/plan-names.js';
import type { SegmentPort } from '../plan/segment-port.js';
import { gatewayMacAddress } from '../program/compile-program.js';
import { uplinkLinks } from '../program/uplink-links.js';

const EVERYONE = 'ff:ff:ff:ff:ff:ff';
const MARK = 'gdcloud';

/**
 * What tells switches where a network is: for each of its ends a gratuitous ARP per IPv4 address, by each card that the end
 * leaves the machine by. One frame would do, as both machines of a pair have the same addresses and only switches
 * learn anew; where an end has no IPv4 address it is one of RARP, which says nothing else. Segments of VXLAN are
 * announced from inside: `inside` tells whether any is.
 */
export function announcementFrames(
  document: ApplianceDocument,
  cards: MachineCards,
): { readonly frames: readonly (readonly [DeviceName, Buffer])[]; readonly inside: boolean } {
  const { network, segment, gateway, publicAddresses } = document;
  const tags = tagsOf(segment);
  const tenant =
    tags === undefined
      ? []
      : spread(cards.trunks.get(segment.trunk), [
          gratuitous(gatewayMacAddress(network), gateway, tags),
        ]);
  const uplinks = uplinkLinks(network, publicAddresses, null).flatMap((link) => {
    const addresses = publicAddresses.filter(
      ({ uplink, family }) => uplink === link.uplink && family === 'ipv4',
    );
    const frames =
      addresses.length === 0
        ? [frame(EVERYONE, link.macAddress, [], rarp(link.macAddress), MARK)]
        : addresses.map(({ address }) => gratuitous(link.macAddress, address, []));
    return spread(cards.uplinks.get(link.uplink), frames);
  });
  return { frames: [...tenant, ...uplinks], inside: tags === undefined };
}

function gratuitous(macAddress: MacAddress, address: string, tags: readonly Tag[]): Buffer {
  return frame(EVERYONE, macAddress, tags, arp('request', { macAddress, address }, address), MARK);
}

function tagsOf(segment: SegmentPort): readonly Tag[] | undefined {
  switch (segment.kind) {
    case 'vlan':
      return [{ type: TAG.customer, id: segment.id }];
    case 'qinq':
      return [
        { type: TAG.service, id: segment.outerId },
        { type: TAG.customer, id: segment.id },
      ];
    case 'vxlan':
      return undefined;
  }
}

function spread(
  cards: readonly DeviceName[] = [],
  frames: readonly Buffer[],
): readonly (readonly [DeviceName, Buffer])[] {
  return cards.flatMap((card) => frames.map((bytes) => [card, bytes] as const));
}
