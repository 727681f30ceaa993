const SOLICIT = 1;
const OPTIONS = {
  client: 1,
  addresses: 3,
  address: 5,
  wanted: 6,
  hasty: 14,
  nameServers: 23,
} as const;

/** A shell line that sends what it reads as a DHCPv6 client's message from `eth0`, and prints the answer in hexadecimal. */
export const EXCHANGE = `socat -T1 - 'UDP6-DATAGRAM:[ff02::1:2%eth0]:547,bind=:546,so-bindtodevice=eth0,reuseaddr' | busybox hexdump -v -e '1/1 "%02x"'`;

/** What a server's card asks for: an address, at once, and who knows names (RFC 8415). */
export function solicitation(macAddress: string): Buffer {
  const card = Buffer.from(macAddress.replaceAll(':', ''), 'hex');
  return Buffer.concat([
    Buffer.from([SOLICIT, 1, 2, 3]),
    option(OPTIONS.client, Buffer.concat([Buffer.from([0, 3, 0, 1]), card])),
    option(OPTIONS.hasty, Buffer.alloc(0)),
    option(OPTIONS.wanted, Buffer.from([0, OPTIONS.nameServers])),
    option(OPTIONS.addresses, Buffer.alloc(12)),
  ]);
}

/** The address that an answer gives, and who it says knows names; empty where it gives none. */
export function granted(answer: string): { readonly address: string; readonly nameServer: string } {
  const found = optionsIn(Buffer.from(answer.trim(), 'hex').subarray(4));
  const addresses = optionsIn(found.get(OPTIONS.addresses)?.subarray(12) ?? Buffer.alloc(0));
  return {
    address: addressText(addresses.get(OPTIONS.address)),
    nameServer: addressText(found.get(OPTIONS.nameServers)),
  };
}

function option(code: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
}

function optionsIn(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    found.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

function addressText(bytes: Buffer | undefined): string {
  if (bytes === undefined || bytes.length < 16) return '';
  const words = bytes
    .subarray(0, 16)
    .toString('hex')
    .replaceAll(/(....)(?!$)/g, '$1:');
  return new URL(`http://[${words}]`).hostname.slice(1, -1);
}
