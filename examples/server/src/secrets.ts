import { hkdfSync } from 'node:crypto';
import { DERIVED, DERIVED_FROM } from './engine-settings.js';
import type { Home } from './home.js';
import type { Settings } from './settings.js';

/** What the processes of one cloud share: derived from one secret, so that there is one to keep. */
export interface Secrets {
  /** Keys the digests of secrets in the database. */
  readonly pepper: Uint8Array;
  /** What secrets are sealed under in the database, the current one first. */
  readonly sealing: readonly Uint8Array[];
  /** Signs list markers. */
  readonly markers: Uint8Array;
  /** Authenticates kernels and driver hosts to each other. */
  readonly driverHosts: Uint8Array;
}

/** Derives them from the cluster's secret, or from the one in the home folder. */
export function secretsOf(settings: Settings, home: Home): Secrets {
  const { secret, sealingKeys } = settings;
  const source = secret === undefined ? home.pepper : Buffer.from(secret, 'utf8');
  // The file's own content: digests of a home that is older than this derivation must stay good.
  const pepper = secret === undefined ? home.pepper : derived(source, 'pepper');
  return {
    pepper,
    sealing: sealingKeys.map((key) => (key === DERIVED ? pepper : sealingSecret(key))),
    markers: derived(source, 'markers'),
    driverHosts: derived(source, 'driver hosts'),
  };
}

function sealingSecret(key: string): Uint8Array {
  return key.startsWith(DERIVED_FROM)
    ? derived(Buffer.from(key.slice(DERIVED_FROM.length), 'utf8'), 'pepper')
    : Buffer.from(key, 'utf8');
}

function derived(source: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', source, '', `gdcloud ${purpose}`, 32));
}
