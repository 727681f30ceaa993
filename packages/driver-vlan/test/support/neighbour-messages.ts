/** A message of neighbour discovery (RFC 4861) as somebody may forge it. */
export interface NeighbourMessage {
  readonly kind: 'solicitation' | 'advertisement' | 'routerAdvertisement';
  /** The cards that the frame goes to and comes from. */
  readonly receiver: string;
  readonly sender: string;
  readonly source: string;
  readonly destination: string;
  /** Whose address is meant; of a router's advertisement the range. */
  readonly target: string;
  /** The card that is told. */
  readonly card: string;
  /** What is in front of that: nothing, or another option. */
  readonly before?: 'nonce' | undefined;
}

const TYPES = { solicitation: 135, advertisement: 136, routerAdvertisement: 134 } as const;
const ICMPV6 = 58;

/** The Ethernet frame of a message. */
export function neighbourFrame(message: NeighbourMessage): Buffer {
  const { receiver, sender } = message;
  const type = Buffer.from([0x86, 0xdd]);
  return Buffer.concat([macBytes(receiver), macBytes(sender), type, neighbourPacket(message)]);
}

/** The IPv6 packet of a message. */
export function neighbourPacket(message: Omit<NeighbourMessage, 'receiver' | 'sender'>): Buffer {
  const { source, destination } = message;
  const body = icmpBody(message);
  const checksum = onesComplement(
    Buffer.concat([
      ipv6Bytes(source),
      ipv6Bytes(destination),
      Buffer.from([0, 0, 0, body.length, 0, 0, 0, ICMPV6]),
      body,
    ]),
  );
  body.writeUInt16BE(checksum, 2);
  return Buffer.concat([
    Buffer.from([0x60, 0, 0, 0, 0, body.length, ICMPV6, 255]),
    ipv6Bytes(source),
    ipv6Bytes(destination),
    body,
  ]);
}

function ipv6Bytes(address: string): Buffer {
  const [front = '', back] = address.split('::');
  const words = (text: string | undefined): readonly number[] =>
    (text ?? '')
      .split(':')
      .filter(Boolean)
      .map((word) => Number.parseInt(word, 16));
  const [left, right] = [words(front), words(back)];
  const all = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 255]));
}

function icmpBody({
  kind,
  target,
  card,
  before,
}: Omit<NeighbourMessage, 'receiver' | 'sender'>): Buffer {
  const type = Buffer.from([TYPES[kind], 0, 0, 0]);
  if (kind === 'routerAdvertisement') {
    const prefix = Buffer.from([3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 14, 16, 0, 0, 0, 0]);
    return Buffer.concat([
      type,
      Buffer.from([64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]),
      prefix,
      ipv6Bytes(target),
    ]);
  }
  const flags = kind === 'advertisement' ? 0x20 : 0;
  const option = kind === 'advertisement' ? 2 : 1;
  return Buffer.concat([
    type,
    Buffer.from([flags, 0, 0, 0]),
    ipv6Bytes(target),
    before === 'nonce' ? Buffer.from([14, 1, 1, 2, 3, 4, 5, 6]) : Buffer.alloc(0),
    Buffer.from([option, 1]),
    macBytes(card),
  ]);
}

function macBytes(address: string): Buffer {
  return Buffer.from(address.replaceAll(':', ''), 'hex');
}

function onesComplement(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
