import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Refusal } from '../../ports/hooks.js';

/** Keys of RSA that are shorter are refused by what speaks TLS (NIST SP 800-57). */
const SHORTEST_RSA = 2_048;
const KEY_KINDS = ['rsa', 'ec', 'ed25519'];
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** A leaf, and the few that vouch for it. */
const MOST_CERTIFICATES = 10;

/** Why a certificate and its key can't be used; undefined where they can. No message shows the key. */
export function certificateRefusal(
  certificate: string | null,
  privateKey: string | null,
): Refusal | undefined {
  const blocks = certificate?.match(CERTIFICATE) ?? [];
  const chain = blocks.flatMap((block) => understood(() => new X509Certificate(block)) ?? []);
  const [leaf] = chain;
  if (leaf === undefined || chain.length < blocks.length || chain.length > MOST_CERTIFICATES) {
    const message = `mode https needs a certificate in PEM, with at most ${MOST_CERTIFICATES - 1} that vouch for it behind`;
    return { message, fieldName: 'certificate' };
  }
  const key = understood(() => createPrivateKey(privateKey ?? ''));
  if (key === undefined || !leaf.checkPrivateKey(key)) {
    const message = 'it has to be the private key of the certificate, in PEM, not encrypted';
    return { message, fieldName: 'privateKey' };
  }
  return isStrong(key)
    ? undefined
    : {
        message: `a key is of RSA with at least ${SHORTEST_RSA} bits, or of an elliptic curve`,
        fieldName: 'privateKey',
      };
}

/** Until when a certificate is good, in milliseconds since the epoch; null for what is none. */
export function certificateExpires(certificate: string | null): number | null {
  const [leaf = ''] = certificate?.match(CERTIFICATE) ?? [];
  const at = Date.parse(understood(() => new X509Certificate(leaf))?.validTo ?? '');
  return Number.isNaN(at) ? null : at;
}

function isStrong({ asymmetricKeyType: kind, asymmetricKeyDetails: details }: KeyObject): boolean {
  return (
    kind !== undefined &&
    KEY_KINDS.includes(kind) &&
    (kind !== 'rsa' || (details?.modulusLength ?? 0) >= SHORTEST_RSA)
  );
}

// What the library complains of may repeat what it read.
function understood<Read>(read: () => Read): Read | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
