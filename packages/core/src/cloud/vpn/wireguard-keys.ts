import { createPrivateKey, createPublicKey } from 'node:crypto';

/** The two halves of a key, each 44 characters of base64 as WireGuard writes them. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** How many bytes a key is made of. */
export const KEY_BYTES = 32;

// RFC 8410: what comes before the 32 bytes of an X25519 private key in PKCS #8.
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The key pair that {@link KEY_BYTES} bytes of chance make (RFC 7748, 5). */
export function keyPairOf(chance: Uint8Array): KeyPair {
  const secret = Buffer.from(chance.slice(0, KEY_BYTES));
  secret.writeUInt8(secret.readUInt8(0) & 248, 0);
  secret.writeUInt8((secret.readUInt8(KEY_BYTES - 1) & 127) | 64, KEY_BYTES - 1);
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, secret]),
    format: 'der',
    type: 'pkcs8',
  });
  const open = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    privateKey: secret.toString('base64'),
    publicKey: open.subarray(-KEY_BYTES).toString('base64'),
  };
}
