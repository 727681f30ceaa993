import { isAbsolute, join } from 'node:path';
import { ensureError } from '@gdcloud/core';
import { type CredentialsInClear, TrustedProxies } from '@gdcloud/http';
import { InvalidSetting } from './invalid-setting.js';

/** Certificate and key, by the files that they are in. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** How clients reach the server. */
export interface FrontSettings {
  /** Absent, it speaks plain http. */
  readonly tls: TlsFiles | undefined;
  /** Whether HTTP/2 is spoken beside HTTP/1.1; over TLS only. */
  readonly http2: 'on' | 'off';
  /** Addresses and networks of proxies whose X-Forwarded-* are believed. */
  readonly trustedProxies: readonly string[];
  readonly credentialsInClear: CredentialsInClear;
}

/** Reads how clients reach the server. File names are seen from `home`. Throws {@link InvalidSetting}. */
export function readFront(
  given: (name: string) => string | undefined,
  home: string,
): FrontSettings {
  const tls = tlsOf(given, home);
  const http2 = oneOf('GDCLOUD_HTTP2', given('GDCLOUD_HTTP2') ?? 'off', ['on', 'off'] as const);
  if (http2 === 'on' && tls === undefined)
    throw new InvalidSetting('GDCLOUD_HTTP2', 'needs GDCLOUD_TLS_CERT and GDCLOUD_TLS_KEY');
  return {
    tls,
    http2,
    trustedProxies: proxiesOf(given('GDCLOUD_TRUSTED_PROXIES')),
    credentialsInClear: oneOf(
      'GDCLOUD_CREDENTIALS_IN_CLEAR',
      given('GDCLOUD_CREDENTIALS_IN_CLEAR') ?? 'refused',
      ['refused', 'accepted'] as const,
    ),
  };
}

function tlsOf(given: (name: string) => string | undefined, home: string): TlsFiles | undefined {
  const [certificate, key] = [given('GDCLOUD_TLS_CERT'), given('GDCLOUD_TLS_KEY')];
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined)
    throw new InvalidSetting('GDCLOUD_TLS_CERT', 'is missing beside GDCLOUD_TLS_KEY');
  if (key === undefined)
    throw new InvalidSetting('GDCLOUD_TLS_KEY', 'is missing beside GDCLOUD_TLS_CERT');
  const seen = (file: string): string => (isAbsolute(file) ? file : join(home, file));
  return { certificate: seen(certificate), key: seen(key) };
}

function proxiesOf(text: string | undefined): readonly string[] {
  const proxies = text?.split(',').map((proxy) => proxy.trim()) ?? [];
  try {
    new TrustedProxies(proxies);
  } catch (thrown) {
    throw new InvalidSetting(
      'GDCLOUD_TRUSTED_PROXIES',
      `can't be used: ${ensureError(thrown).message}`,
    );
  }
  return proxies;
}

function oneOf<Word extends string>(variable: string, text: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new InvalidSetting(variable, `must be ${words.join(' or ')}, not ${JSON.stringify(text)}`);
}
