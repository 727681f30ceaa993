import { createHash } from 'node:crypto';

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/** Whether XAPI takes `text` for a MAC address. It does not look at what the bits mean. */
export function isMacAddress(text: string): boolean {
  return MAC.test(text);
}

function digest(bytes: string | Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}

/**
 * The address that XAPI gives the n-th network card of a VM with this `mac_seed` when nobody asks for another: local,
 * not multicast, and always the same.
 */
export function macAddressFrom(seed: string, device: number): string {
  let first = digest(seed);
  for (let round = 0; round < device * 2; round += 1) first = digest(first);
  const second = digest(first);
  const bytes = [first[0], first[1], first[2], first[3], second[1], second[2]].map(Number);
  bytes[0] = ((bytes[0] ?? 0) & 0xfe) | 0x02;
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
