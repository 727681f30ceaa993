/** The length of every frame that is sent here, so that a stream of them can be cut again. */
export const FRAME_LENGTH = 160;

const IPV4 = 0x0800;
const ARP = 0x0806;
const RARP = 0x8035;

/** The EtherTypes of tags. */
export const TAG = { customer: 0x8100, service: 0x88a8 } as const;

/** A tag of a frame. */
export interface Tag {
  readonly type: (typeof TAG)[keyof typeof TAG];
  readonly id: number;
}

/** Where a frame comes from and goes to. */
export interface Ends {
  readonly macAddress: string;
  readonly address: string;
}

/** An Ethernet frame, padded with `mark`, by which it is known wherever it comes. */
export function frame(
  to: string,
  from: string,
  tags: readonly Tag[],
  { type, payload }: { readonly type: number; readonly payload: Buffer },
  mark: string,
): Buffer {
  const header = Buffer.concat([
    macBytes(to),
    macBytes(from),
    ...tags.map(({ type: tagType, id }) => words(tagType, id)),
    words(type),
    payload,
  ]);
  const padding = Buffer.alloc(FRAME_LENGTH - header.length);
  padding.write(mark, padding.length - mark.length, 'latin1');
  return Buffer.concat([header, padding]);
}

/** A UDP datagram of port 9 in IPv4 that says `mark`. */
export function datagram(
  from: string,
  to: string,
  mark: string,
): {
  readonly type: number;
  readonly payload: Buffer;
} {
  const text = Buffer.from(mark, 'latin1');
  const length = 8 + text.length;
  const header = Buffer.concat([
    Buffer.from([0x45, 0]),
    words(20 + length, 0, 0),
    Buffer.from([64, 17]),
    words(0),
    addressBytes(from),
    addressBytes(to),
  ]);
  header.writeUInt16BE(checksum(header), 10);
  // Port 9 throws away what comes; a UDP checksum of 0 says there is none.
  return { type: IPV4, payload: Buffer.concat([header, words(9, 9, length, 0), text]) };
}

/** An ARP packet: who has `to`, or, by `from` itself, who `from` is. */
export function arp(
  operation: 'request' | 'reply',
  from: Ends,
  to: string,
): { readonly type: number; readonly payload: Buffer } {
  const payload = Buffer.concat([
    words(1, IPV4, 0x0604, operation === 'request' ? 1 : 2),
    macBytes(from.macAddress),
    addressBytes(from.address),
    Buffer.alloc(6),
    addressBytes(to),
  ]);
  return { type: ARP, payload };
}

/** A question of RARP that needs no answer: switches learn from it where its sender is, and nobody learns anything else. */
export function rarp(macAddress: string): { readonly type: number; readonly payload: Buffer } {
  const mac = macBytes(macAddress);
  const nowhere = Buffer.alloc(4);
  const payload = Buffer.concat([words(1, IPV4, 0x0604, 3), mac, nowhere, mac, nowhere]);
  return { type: RARP, payload };
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  for (const [nth, value] of values.entries()) buffer.writeUInt16BE(value, nth * 2);
  return buffer;
}

function macBytes(address: string): Buffer {
  return Buffer.from(address.replaceAll(':', ''), 'hex');
}

function addressBytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

// RFC 1071.
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
