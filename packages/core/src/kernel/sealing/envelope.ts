import { createCipheriv, createDecipheriv } from 'node:crypto';

/** AES-256-GCM with the nonce and the tag that it was made for (NIST SP 800-38D, 5.2.1.1 and 8.2.2). */
const CIPHER = 'aes-256-gcm';
/** How long a nonce is. */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A sealed text, taken apart. */
export interface Envelope {
  /** The key that the data key is wrapped with. */
  readonly keyId: string;
  /** The data key, wrapped. */
  readonly wrappedKey: Uint8Array;
  /** The text, under the data key. */
  readonly content: Uint8Array;
}

/** The only version there is: what is inside is bound to it. */
export const VERSION = '1';

const FORM = /^1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Throws TypeError for a name of a key that could not be told apart again in what is sealed under it. */
export function demandKeyId(id: string): void {
  if (KEY_ID.test(id)) return;
  throw new TypeError(
    `sealingKeys: ${JSON.stringify(id)} names no key: 1 to 64 letters, digits, - and _ are needed`,
  );
}

/** An envelope as text: version, key id, wrapped key and content. Throws as {@link demandKeyId}. */
export function written({ keyId, wrappedKey, content }: Envelope): string {
  // Written all the same, it would never be read again.
  demandKeyId(keyId);
  const [key, text] = [wrappedKey, content].map((bytes) =>
    Buffer.from(bytes).toString('base64url'),
  );
  return `${VERSION}.${keyId}.${key}.${text}`;
}

/** The envelope that a text is; undefined for anything else. */
export function read(text: string): Envelope | undefined {
  const [, keyId, key, content] = FORM.exec(text) ?? [];
  if (keyId === undefined || key === undefined || content === undefined) return undefined;
  const [wrappedKey, sealed] = [key, content].map((part) => Buffer.from(part, 'base64url'));
  if (wrappedKey === undefined || sealed === undefined) return undefined;
  const envelope = { keyId, wrappedKey, content: sealed };
  // Base64 has several ways to write the same bytes: one of them is ours.
  return written(envelope) === text ? envelope : undefined;
}

/** Encrypts `plain`, and binds it to `context`: nonce, ciphertext and tag in a row. A nonce is used once with a key. */
export function encrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  context: string,
  plain: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What was encrypted; undefined where key, context or a bit of it are others. */
export function decrypt(
  key: Uint8Array,
  context: string,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
  } catch {
    return undefined;
  }
}
