import type { Random } from '@gdcloud/core';

/** Makes the names of a pool's objects. */
export class Identifiers {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A random UUID (RFC 9562, version 4). */
  uuid(): string {
    const bytes = Uint8Array.from(this.#random.bytes(16));
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const digits = Buffer.from(bytes.buffer).toString('hex');
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
  }

  /** A handle of an object. */
  ref(): string {
    return `OpaqueRef:${this.uuid()}`;
  }

  /** A VM's generation id: two random 63-bit numbers. */
  generation(): string {
    const number = (): string => {
      const bytes = hex(this.#random.bytes(8)).join('');
      return String(BigInt(`0x${bytes}`) >> 1n);
    };
    return `${number()}:${number()}`;
  }

  /** A MAC address as XAPI makes them up. */
  macAddress(): string {
    return ['a6', ...hex(this.#random.bytes(5))].join(':');
  }
}

function hex(bytes: Uint8Array): readonly string[] {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
}
