import { TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';

/** Whom to trust. XenServer's certificates are self-signed by default, so the system's authorities rarely do. */
export type TlsOptions =
  /** The authority that signed the pool's certificates, in PEM. */
  | { readonly ca: string }
  /** SHA-256 of the one certificate, in hex with or without colons. */
  | { readonly fingerprint: string }
  /** Trust anyone: for laboratories only. */
  | { readonly insecure: true };

/** What of {@link TlsOptions} Node checks itself. */
export function connectorOptions(tls: TlsOptions | undefined): {
  readonly ca?: string;
  readonly rejectUnauthorized?: boolean;
  readonly maxCachedSessions?: number;
} {
  if (tls === undefined) return {};
  if ('ca' in tls) return { ca: tls.ca };
  // A resumed session shows no certificate, so there would be nothing to compare.
  if ('fingerprint' in tls) return { rejectUnauthorized: false, maxCachedSessions: 0 };
  return { rejectUnauthorized: false };
}

/** Wraps a connector so that a server with another certificate than the pinned one gets no byte of a request. */
export function verifyFingerprint(
  connect: buildConnector.connector,
  tls: TlsOptions | undefined,
): buildConnector.connector {
  if (tls === undefined || !('fingerprint' in tls)) return connect;
  const expected = plain(tls.fingerprint);
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
      } else if (socket instanceof TLSSocket && fingerprintOf(socket) === expected) {
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

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
