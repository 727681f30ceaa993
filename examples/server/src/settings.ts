import { resolve } from 'node:path';
import { ensureError, type KeyPair } from '@gdcloud/core';
import { addressRule } from '@gdcloud/driver-nfs-vhd';
import type { RequestRates } from '@gdcloud/http';
import { type EngineSettings, readEngine } from './engine-settings.js';
import { type FrontSettings, readFront } from './front-settings.js';
import { InvalidSetting } from './invalid-setting.js';

/** How the server is to run, read from the environment. */
export interface Settings extends EngineSettings, FrontSettings {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** An absolute path. */
  readonly home: string;
  /** The administrator's key, where the environment names it. */
  readonly key: KeyPair | undefined;
  /** A real pool; absent for the simulated one. */
  readonly pool: Pool | undefined;
  readonly logLevel: string;
  /** How often one user's key may ask. */
  readonly rates: RequestRates | 'unlimited';
  /** Whose pages may use the API besides our own. */
  readonly origins: readonly string[];
  /** Networks that images may be fetched from although their addresses are not public. */
  readonly importNetworks: readonly string[];
}

/** Where a XenServer or XCP-ng pool is. */
export interface Pool {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

type Environment = { readonly [name: string]: string | undefined };

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Reads the settings of DESIGN.md's table. Throws {@link InvalidSetting}; empty values count as not set. */
export function readSettings(environment: Environment): Settings {
  const given = (name: string): string | undefined => environment[name] || undefined;
  const home = resolve(given('GDCLOUD_HOME') ?? '.gdcloud');
  const logLevel = given('LOG_LEVEL') ?? 'warn';
  if (!LOG_LEVELS.includes(logLevel))
    throw new InvalidSetting('LOG_LEVEL', `must be one of ${LOG_LEVELS.join(', ')}`);
  return {
    ...readEngine(given, home),
    ...readFront(given, home),
    host: given('HOST') ?? '127.0.0.1',
    port: portOf(given('PORT') ?? '8080'),
    home,
    key: keyOf(given('GDCLOUD_ACCESS_KEY'), given('GDCLOUD_SECRET_KEY')),
    pool: poolOf(given('XENSERVER_URL'), given('XENSERVER_USERNAME'), given('XENSERVER_PASSWORD')),
    logLevel,
    rates: ratesOf(given('GDCLOUD_RATE_LIMIT') ?? '200/50'),
    origins: originsOf(given('GDCLOUD_ORIGINS')),
    importNetworks: networksOf(given('GDCLOUD_IMPORT_NETWORKS')),
  };
}

function networksOf(text: string | undefined): readonly string[] {
  const networks = text?.split(',').map((network) => network.trim()) ?? [];
  try {
    addressRule(networks);
  } catch (thrown) {
    throw new InvalidSetting('GDCLOUD_IMPORT_NETWORKS', ensureError(thrown).message);
  }
  return networks;
}

function ratesOf(text: string): RequestRates | 'unlimited' {
  if (text === 'none') return 'unlimited';
  const [, reads = '', writes = ''] = /^([0-9]{1,6})\/([0-9]{1,6})$/.exec(text) ?? [];
  const rates = { readsPerSecond: Number(reads), writesPerSecond: Number(writes), burstSeconds: 5 };
  if (rates.readsPerSecond > 0 && rates.writesPerSecond > 0) return rates;
  throw new InvalidSetting(
    'GDCLOUD_RATE_LIMIT',
    'must be reads and writes a second, such as 200/50, or none',
  );
}

function originsOf(text: string | undefined): readonly string[] {
  const origins = text?.split(',').map((origin) => origin.trim()) ?? [];
  for (const origin of origins) {
    if (origin.includes('*') || !URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new InvalidSetting(
        'GDCLOUD_ORIGINS',
        'must be origins separated by commas, each exactly as a browser says it: https://panel.example.com',
      );
  }
  return origins;
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidSetting('PORT', `must be a number from 0 to 65535, not ${JSON.stringify(text)}`);
}

function keyOf(
  publicValue: string | undefined,
  secretValue: string | undefined,
): KeyPair | undefined {
  if (publicValue === undefined && secretValue === undefined) return undefined;
  if (publicValue === undefined)
    throw new InvalidSetting('GDCLOUD_ACCESS_KEY', 'is missing beside GDCLOUD_SECRET_KEY');
  if (secretValue === undefined)
    throw new InvalidSetting('GDCLOUD_SECRET_KEY', 'is missing beside GDCLOUD_ACCESS_KEY');
  if (!/^[\x21-\x39\x3b-\x7e]{1,255}$/.test(publicValue)) {
    throw new InvalidSetting(
      'GDCLOUD_ACCESS_KEY',
      'must be printable ASCII without spaces and colons',
    );
  }
  return { publicValue, secretValue };
}

function poolOf(
  url: string | undefined,
  username: string | undefined,
  password: string | undefined,
): Pool | undefined {
  if (url === undefined) return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new InvalidSetting('XENSERVER_URL', 'must be an http or https URL');
  }
  if (password === undefined)
    throw new InvalidSetting('XENSERVER_PASSWORD', 'is missing beside XENSERVER_URL');
  return { url, username: username ?? 'root', password };
}
