import type { NetworkProgram } from '../program/network-program.js';
import { arp, frame, TAG, type Tag } from './frames.js';

/** A frame by which a server may try to reach another network. */
export interface ProbeFrame {
  readonly sentence: string;
  /** What it is known by. */
  readonly mark: string;
  readonly bytes: Buffer;
}

const EVERYONE = 'ff:ff:ff:ff:ff:ff';
/** For local experiments, IEEE 802: no machine makes anything of it. */
const EXPERIMENT = { type: 0x88b5, payload: Buffer.alloc(0) };
/** So an address is asked for by who has none yet, RFC 5227: nobody remembers it. */
const NO_ADDRESS = '0.0.0.0';

/**
 * The probes from `sender`, an Ethernet address of the one network, into the other. None has an address of the first
 * network as its source, so that switches go on to find who really has it.
 */
export function probeFrames(
  sender: string,
  from: NetworkProgram,
  to: NetworkProgram,
): readonly ProbeFrame[] {
  const itsGateway = to.tenant.macAddress;
  const { id } = to.tenant.segment;
  const tag = (type: Tag['type'], number: number): Tag => ({ type, id: number & 0xfff });
  const tried: readonly (readonly [string, (mark: string) => Buffer])[] = [
    ["to the other's gateway", (mark) => frame(itsGateway, sender, [], EXPERIMENT, mark)],
    ['to everyone', (mark) => frame(EVERYONE, sender, [], EXPERIMENT, mark)],
    ['to a group of IPv4', (mark) => frame('01:00:5e:00:00:fb', sender, [], EXPERIMENT, mark)],
    ['to all nodes of IPv6', (mark) => frame('33:33:00:00:00:01', sender, [], EXPERIMENT, mark)],
    [
      "that asks who has the other gateway's address",
      (mark) => {
        const asking = { macAddress: sender, address: NO_ADDRESS };
        return frame(EVERYONE, sender, [], arp('request', asking, to.names.gateway), mark);
      },
    ],
    ["in the other gateway's name", (mark) => frame(EVERYONE, itsGateway, [], EXPERIMENT, mark)],
    [
      "tagged as the other's",
      (mark) => frame(EVERYONE, sender, [tag(TAG.customer, id)], EXPERIMENT, mark),
    ],
    [
      "tagged by a provider as the other's",
      (mark) => frame(EVERYONE, sender, [tag(TAG.service, id)], EXPERIMENT, mark),
    ],
    [
      "tagged as nobody's, and inside as the other's",
      (mark) =>
        frame(EVERYONE, sender, [tag(TAG.customer, 0), tag(TAG.customer, id)], EXPERIMENT, mark),
    ],
  ];
  return tried.map(([sentence, make], nth) => {
    const mark = `probe ${nth} of ${from.namespace}.`;
    return { sentence, mark, bytes: make(mark) };
  });
}

/** A frame that everyone of a network hears. */
export function callFrame(sender: string, mark: string): Buffer {
  return frame(EVERYONE, sender, [], EXPERIMENT, mark);
}
