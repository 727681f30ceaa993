import type { ResourceId, ResourceUuid } from '../../model/identity.js';
import { SecretUnreadable } from '../../model/secret-unreadable.js';
import type { Random } from '../../ports/random.js';
import type { SealingKey, SealingKeys } from '../../ports/sealing-keys.js';
import {
  decrypt,
  demandKeyId,
  type Envelope,
  encrypt,
  NONCE_BYTES,
  read,
  VERSION,
  written,
} from './envelope.js';

const KEY_BYTES = 32;

/** Where a sealed text belongs, for good: in another row, or under another field, it does not open. */
export interface Place {
  readonly account: ResourceUuid;
  readonly type: string;
  readonly uuid: ResourceUuid;
  readonly field: string;
  /** What people call the row, for messages; no part of the place. */
  readonly id?: ResourceId | undefined;
}

/**
 * Seals texts for their places, and opens them there (reference/security.md T30): each under a data key of its own,
 * that key under the current sealing key. Both are bound to the place. Synchronous, and keeps nothing.
 */
export class Sealer {
  readonly #keys: SealingKeys;
  readonly #random: Pick<Random, 'bytes'>;

  /** Throws TypeError where the current key has no name that can be written. */
  constructor(keys: SealingKeys, random: Pick<Random, 'bytes'>) {
    demandKeyId(keys.current.id);
    this.#keys = keys;
    this.#random = random;
  }

  /** The text, sealed under the current key. */
  seal(text: string, place: Place): string {
    const dataKey = this.#random.bytes(KEY_BYTES);
    // As JSON, which has a way to write any text, halves of surrogate pairs too.
    const plain = Buffer.from(JSON.stringify(text));
    const content = encrypt(dataKey, this.#nonce(), contentContext(place), plain);
    return written({ ...this.#wrap(dataKey, place), content });
  }

  /** The text again. Throws {@link SecretUnreadable}. */
  open(sealed: string, place: Place): string {
    const envelope = read(sealed);
    const plain = envelope && this.#plain(envelope, place);
    if (plain === undefined) throw this.#unreadable(envelope?.keyId, place);
    return String(JSON.parse(Buffer.from(plain).toString('utf8')));
  }

  /**
   * The same under the current key: only the data key is wrapped anew. What is under it already is answered as it is.
   * Throws {@link SecretUnreadable} for what does not open.
   */
  renew(sealed: string, place: Place): string {
    const envelope = read(sealed);
    if (envelope?.keyId === this.#keys.current.id) return sealed;
    const dataKey = envelope && this.#dataKey(envelope, place);
    // What would not open afterwards must not look as if it had been looked after.
    if (
      envelope === undefined ||
      dataKey === undefined ||
      this.#plain(envelope, place) === undefined
    )
      throw this.#unreadable(envelope?.keyId, place);
    return written({ ...this.#wrap(dataKey, place), content: envelope.content });
  }

  #wrap(dataKey: Uint8Array, place: Place): Omit<Envelope, 'content'> {
    const { id, bytes } = this.#keys.current;
    return { keyId: id, wrappedKey: encrypt(bytes, this.#nonce(), keyContext(place, id), dataKey) };
  }

  #dataKey({ keyId, wrappedKey }: Envelope, place: Place): Uint8Array | undefined {
    const key: SealingKey | undefined = this.#keys.find(keyId);
    const dataKey = key && decrypt(key.bytes, keyContext(place, keyId), wrappedKey);
    return dataKey?.length === KEY_BYTES ? dataKey : undefined;
  }

  #plain(envelope: Envelope, place: Place): Uint8Array | undefined {
    const dataKey = this.#dataKey(envelope, place);
    return dataKey && decrypt(dataKey, contentContext(place), envelope.content);
  }

  #nonce(): Uint8Array {
    return this.#random.bytes(NONCE_BYTES);
  }

  #unreadable(keyId: string | undefined, { type, uuid, id, field }: Place): SecretUnreadable {
    const known = keyId !== undefined && this.#keys.find(keyId) !== undefined;
    return new SecretUnreadable(`${field} of ${type} ${id ?? uuid}`, { keyId, known });
  }
}

function contentContext({ account, type, uuid, field }: Place): string {
  return JSON.stringify(['gdcloud', VERSION, 'content', account, type, uuid, field]);
}

function keyContext({ account, type, uuid, field }: Place, keyId: string): string {
  return JSON.stringify(['gdcloud', VERSION, 'key', account, type, uuid, field, keyId]);
}
