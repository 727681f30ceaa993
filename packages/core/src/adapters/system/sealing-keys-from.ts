import { hkdfSync } from 'node:crypto';
import type { SealingKey, SealingKeys } from '../../ports/sealing-keys.js';

const KEY_BYTES = 32;
const ID_BYTES = 6;
/** As short as a pepper may be. */
const SHORTEST = 16;

/**
 * Sealing keys that are derived from secrets by HKDF-SHA-256 (RFC 5869) under labels of their own: the first is the
 * current one, the others are those before it. Throws TypeError for less than one, or for one of less than 16 bytes.
 */
export function sealingKeysFrom(secrets: readonly Uint8Array[]): SealingKeys {
  const keys = secrets.map(keyFrom);
  const [current] = keys;
  if (current === undefined) throw new TypeError('sealingKeys: at least one is needed');
  const byId = new Map(keys.map((key) => [key.id, key]));
  return { current, find: (id) => byId.get(id) };
}

function keyFrom(secret: Uint8Array): SealingKey {
  if (secret.length < SHORTEST)
    throw new TypeError(`sealingKeys: each needs at least ${SHORTEST} bytes`);
  const derived = (label: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `gdcloud ${label}`, bytes));
  return {
    id: derived('sealing key id', ID_BYTES).toString('base64url'),
    bytes: derived('sealing key', KEY_BYTES),
  };
}
