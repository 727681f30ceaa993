import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Branded } from '@gdcloud/core';
import { invalidField } from './invalid-document.js';

/** A certificate with those that vouch for it, in PEM. */
export type CertificateText = Branded<'CertificateText'>;

/** A private key in PEM, not encrypted. A secret: it reaches programs by a file of the owner's only. */
export type PrivateKeyText = Branded<'PrivateKeyText'>;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----/g;
/** A leaf, and the few that vouch for it. */
const MOST_CERTIFICATES = 10;

/**
 * Reads a certificate, its chain behind it, and its key: both are written anew from what was understood, so that nothing
 * else reaches a file. Throws `invalid`; no message shows the key.
 */
export function parseCertificate(sent: {
  readonly certificate: string;
  readonly privateKey: string;
}): { readonly certificate: CertificateText; readonly privateKey: PrivateKeyText } {
  const blocks = sent.certificate.match(CERTIFICATE) ?? [];
  if (blocks.length === 0 || blocks.length > MOST_CERTIFICATES) throw notACertificate();
  const key = understood(() => createPrivateKey(sent.privateKey), notAKey);
  const chain = blocks.map((block) =>
    understood(() => new X509Certificate(block), notACertificate),
  );
  if (chain[0]?.checkPrivateKey(key) !== true) throw notAKey();
  return {
    certificate: chain.map((each) => each.toString()).join('') as CertificateText,
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }) as PrivateKeyText,
  };
}

// What the library says may repeat what it read.
function understood<Read>(read: () => Read, refusal: () => Error): Read {
  try {
    return read();
  } catch {
    throw refusal();
  }
}

function notACertificate(): Error {
  return invalidField(
    'InvalidCertificate',
    'proxy.certificate',
    `it is a certificate in PEM, with at most ${MOST_CERTIFICATES - 1} that vouch for it behind`,
  );
}

function notAKey(): Error {
  return invalidField(
    'InvalidPrivateKey',
    'proxy.privateKey',
    'it is the private key of the certificate in PEM, not encrypted',
  );
}
