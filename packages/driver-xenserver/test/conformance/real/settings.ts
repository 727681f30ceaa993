import type { XenserverOptions } from '@gdcloud/driver-xenserver';

/** A pool that is there, and what of it the kit may use. */
export interface RealPoolSettings {
  /** Of the pool's master. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls: XenserverOptions['tls'];
  /** Name or uuid of the repository for the disks of servers; default: the pool's own default. */
  readonly repository: string | undefined;
  /** The device of each host that carries the networks. */
  readonly trunk: string;
  /** The first of {@link TAGS} VLAN tags that nobody uses on the trunk. */
  readonly firstTag: number;
  /** Whether what runs that were killed have left is removed first. */
  readonly leftovers: 'removed' | 'left';
}

/** How many VLAN tags the kit needs. */
export const TAGS = 24;
const LAST_TAG = 4094;

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says of a pool; undefined when it names none. Throws where it makes no sense. */
export function realPoolSettings(env: Environment): RealPoolSettings | undefined {
  const { GDCLOUD_XAPI_URL: url, GDCLOUD_XAPI_PASSWORD: password } = env;
  if (url === undefined) return undefined;
  if (password === undefined) throw new TypeError('GDCLOUD_XAPI_PASSWORD is not set');
  return {
    url,
    username: env['GDCLOUD_XAPI_USERNAME'] ?? 'root',
    password,
    tls: tlsIn(env),
    repository: env['GDCLOUD_XAPI_SR'],
    trunk: env['GDCLOUD_XAPI_TRUNK'] ?? 'eth0',
    firstTag: tagIn(env['GDCLOUD_XAPI_FIRST_VLAN'] ?? '4000'),
    leftovers: env['GDCLOUD_XAPI_CLEAN'] === '1' ? 'removed' : 'left',
  };
}

function tlsIn(env: Environment): XenserverOptions['tls'] {
  const { GDCLOUD_XAPI_FINGERPRINT: fingerprint, GDCLOUD_XAPI_TLS_MIN: oldest } = env;
  if (fingerprint === undefined) return undefined;
  const trusted = { fingerprint: fingerprint.split(',').map((each) => each.trim()) };
  if (oldest === undefined) return trusted;
  if (oldest !== 'TLSv1' && oldest !== 'TLSv1.1' && oldest !== 'TLSv1.2' && oldest !== 'TLSv1.3')
    throw new TypeError(`GDCLOUD_XAPI_TLS_MIN is no version of TLS: ${oldest}`);
  return { ...trusted, minVersion: oldest };
}

function tagIn(text: string): number {
  const tag = Number(text);
  if (!Number.isInteger(tag) || tag < 1 || tag + TAGS - 1 > LAST_TAG) {
    throw new RangeError(
      `GDCLOUD_XAPI_FIRST_VLAN must be from 1 to ${LAST_TAG - TAGS + 1}, for ${TAGS} tags: ${text}`,
    );
  }
  return tag;
}
