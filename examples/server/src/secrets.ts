import { hkdfSync } from 'node:crypto';
import type { Home } from './home.js';
import type { Settings } from './settings.js';

/** What the processes of one cloud share: derived from one secret, so that there is one to keep. */
export interface Secrets {
  /** Keys the digests of secrets in the database. */
  readonly pepper: Uint8Array;
  /** Signs list markers. */
  readonly markers: Uint8Array;
  /** Authenticates kernels and driver hosts to each other. */
  readonly driverHosts: Uint8Array;
}

/** Derives them from the cluster's secret, or from the one in the home folder. */
export function secretsOf(settings: Settings, home: Home): Secrets {
  const { secret } = settings;
  const source = secret === undefined ? home.pepper : Buffer.from(secret, 'utf8');
  const derived = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', source, '', `gdcloud ${purpose}`, 32));
  return {
    // The file's own content: digests of a home that is older than this derivation must stay good.
    pepper: secret === undefined ? home.pepper : derived('pepper'),
    markers: derived('markers'),
    driverHosts: derived('driver hosts'),
  };
}
