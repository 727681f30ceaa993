import { checkServerIdentity, TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';

/** The oldest version of TLS that is spoken. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/**
 * Whom to trust. XenServer's certificates are self-signed by default, so the system's authorities rarely do. All hosts
 * of the pool are reached with it, so it has to fit the certificates of all.
 */
export type TlsOptions = TlsTrust & {
  /** Releases up to 6.5 need `TLSv1`, which lets weak ciphers in as well. Default `TLSv1.2`. */
  readonly minVersion?: TlsVersion | undefined;
};

type TlsTrust =
  /**
   * The authorities that signed the pool's certificates, in PEM. A certificate must name the host it is shown for: an
   * address only counts as one, never as a host name. `serverName` is the name to expect on every host instead.
   */
  | { readonly ca: string | readonly string[]; readonly serverName?: string | undefined }
  /** SHA-256 of the certificate, in hex with or without colons: each host of the pool has its own. */
  | { readonly fingerprint: string | readonly string[] }
  /** Trust anyone: for laboratories only. */
  | { readonly insecure: true };

/** What of {@link TlsOptions} Node checks itself. */
export interface ConnectorOptions {
  readonly ca?: string[];
  readonly checkServerIdentity?: typeof checkServerIdentity;
  readonly rejectUnauthorized?: boolean;
  readonly maxCachedSessions?: number;
  readonly minVersion?: TlsVersion;
  readonly ciphers?: string;
}

/** Throws TypeError unless `tls` says plainly, and in just one way, whom to trust. */
export function demandTls(tls: TlsOptions | undefined): void {
  if (tls === undefined) return;
  const ways = ['ca', 'fingerprint', 'insecure'].filter((way) => Object.hasOwn(tls, way));
  if (ways.length !== 1) throw new TypeError('tls takes one of ca, fingerprint and insecure');
  if ('insecure' in tls && tls.insecure !== true) {
    throw new TypeError('tls.insecure can only be true: leave it out to trust nobody');
  }
  if ('fingerprint' in tls && !fingerprintsIn(tls).every((one) => /^[0-9a-f]{64}$/.test(one))) {
    throw new TypeError('tls.fingerprint is the SHA-256 of a certificate: 64 digits in hex');
  }
  if ('fingerprint' in tls && fingerprintsIn(tls).length === 0) {
    throw new TypeError('tls.fingerprint names no certificate');
  }
  if ('ca' in tls && !listOf(tls.ca).some((one) => one.includes('-----BEGIN CERTIFICATE-----'))) {
    throw new TypeError('tls.ca is no certificate in PEM');
  }
}

/** Reads {@link TlsOptions}; throws as {@link demandTls}. */
export function connectorOptions(tls: TlsOptions | undefined): ConnectorOptions {
  demandTls(tls);
  if (tls === undefined) return {};
  const version = versionOptions(tls.minVersion);
  if ('ca' in tls) {
    const { serverName } = tls;
    return {
      ...version,
      ca: [...listOf(tls.ca)],
      ...(serverName === undefined
        ? {}
        : {
            checkServerIdentity: (_host, certificate) =>
              checkServerIdentity(serverName, certificate),
          }),
    };
  }
  // A resumed session shows no certificate, so there would be nothing to compare.
  if ('fingerprint' in tls) return { ...version, rejectUnauthorized: false, maxCachedSessions: 0 };
  return { ...version, rejectUnauthorized: false };
}

function versionOptions(minVersion: TlsVersion | undefined): ConnectorOptions {
  if (minVersion === undefined) return { minVersion: 'TLSv1.2' };
  // OpenSSL 3 has no cipher for these versions at its default level.
  const old = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  return { minVersion, ...(old ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}) };
}

/** Wraps a connector so that a server with another certificate than the pinned one gets no byte of a request. */
export function verifyFingerprint(
  connect: buildConnector.connector,
  tls: TlsOptions | undefined,
): buildConnector.connector {
  if (tls === undefined || !('fingerprint' in tls)) return connect;
  const expected = fingerprintsIn(tls);
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
      } else if (socket instanceof TLSSocket && expected.includes(fingerprintOf(socket))) {
        callback(null, socket);
      } else {
        socket.destroy();
        callback(new FingerprintMismatch(), null);
      }
    });
  };
}

class FingerprintMismatch extends Error {
  override readonly name = 'FingerprintMismatch';
  readonly code = 'GDCLOUD_FINGERPRINT_MISMATCH';

  constructor() {
    super("the server's certificate is not the pinned one");
  }
}

function fingerprintOf(socket: TLSSocket): string {
  return plain(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
}

function fingerprintsIn(tls: {
  readonly fingerprint: string | readonly string[];
}): readonly string[] {
  return listOf(tls.fingerprint).map(plain);
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
