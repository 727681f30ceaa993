/** What a host of a release says about itself. */
export interface ReleaseFacts {
  /** Version of the API: major and minor. */
  readonly api: readonly [major: number, minor: number];
  /** Of the product, as `software_version` has it. */
  readonly product: string;
}

/** The releases that have names, oldest first, as XAPI's own datamodel orders them: `name api product`. */
const NAMED = `\
rio 1.1 4.0.1
miami 1.2 4.1.0
symc 1.2 4.1.1
orlando 1.3 5.0.0
orlando-update-1 1.3 5.0.0
george 1.6 5.5.0
midnight-ride 1.7 5.6.0
cowley 1.8 5.6.100
boston 1.9 6.0.0
tampa 1.10 6.1.0
clearwater 2.0 6.2.0
vgpu-tech-preview 2.0 6.2.0
vgpu-productisation 2.1 6.2.0
clearwater-felton 2.2 6.2.0
clearwater-whetstone 2.2 6.2.0
creedence 2.3 6.5.0
cream 2.4 6.5.0
indigo 2.4 6.5.0
dundee 2.5 7.0.0
ely 2.6 7.1.0
falcon 2.7 7.2.0
inverness 2.8 7.3.0
jura 2.9 7.4.0
kolkata 2.10 7.5.0
lima 2.11 7.6.0
naples 2.12 8.0.0
quebec 2.14 8.1.0
stockholm 2.15 8.2.0
stockholm_psr 2.15 8.2.0`
  .split('\n')
  .map((row) => row.split(' '));

/** The names of releases, oldest first. Later ones have the numbers of their XAPI: `24.16.0`. */
export const RELEASE_NAMES: readonly string[] = NAMED.map(([name = '']) => name);

/** All that the datamodel knows. */
export const LATEST = 'latest';

/**
 * A point in the order of releases: a name comes before every number, numbers compare part by part, and `-next` comes
 * after its number. {@link LATEST} comes last.
 */
export type ReleaseOrder = readonly number[];

/** Of XAPI, 1.250.0 and later; `6.1` and `8.2` are numbers of products, whose releases have names. */
const XAPI_VERSION = /^(1\.\d{3}|[2-9]\d\.\d+)\.\d+(-next)?$/;

/** Whether `text` names a release: `boston`, `24.16.0`, `latest`. */
export function isRelease(text: string): boolean {
  return text === LATEST || RELEASE_NAMES.includes(text) || XAPI_VERSION.test(text);
}

/** Releases are few, and asked about at every turn. */
const ORDERS = new Map<string, ReleaseOrder>();

/** The place of a release in the order. Throws RangeError for a text that names none. */
export function orderOf(release: string): ReleaseOrder {
  const known = ORDERS.get(release);
  if (known !== undefined) return known;
  const order = readOrder(release);
  ORDERS.set(release, order);
  return order;
}

function readOrder(release: string): ReleaseOrder {
  if (!isRelease(release)) {
    throw new RangeError(
      `no release of XAPI is called ${JSON.stringify(release)}: say one of ${RELEASE_NAMES.join(', ')}, the version of a later XAPI such as 24.16.0, or ${LATEST}`,
    );
  }
  if (release === LATEST) return [Number.POSITIVE_INFINITY];
  const named = RELEASE_NAMES.indexOf(release);
  if (named !== -1) return [0, named];
  const [numbers = '', next] = release.split('-');
  return [...numbers.split('.').map(Number), ...(next === undefined ? [] : [0.5])];
}

/** Whether the release at `one` is the one at `other` or an older one. */
export function notAfter(one: ReleaseOrder, other: ReleaseOrder): boolean {
  for (let part = 0; part < Math.max(one.length, other.length); part += 1) {
    const left = one[part] ?? 0;
    const right = other[part] ?? 0;
    if (left !== right) return left < right;
  }
  return true;
}

/** Whether `release` is `first` or a later one. */
export function isAtLeast(release: string, first: string): boolean {
  return notAfter(orderOf(first), orderOf(release));
}

/**
 * What hosts of a release say about themselves. Numbered releases up to 8.2's successors say 2.20, those of XenServer 8
 * 2.21: upstream records no finer steps.
 */
export function factsOf(release: string): ReleaseFacts {
  const named = NAMED[RELEASE_NAMES.indexOf(release)];
  if (named !== undefined) {
    const [, api = '', product = ''] = named;
    const [major = 0, minor = 0] = api.split('.').map(Number);
    return { api: [major, minor], product };
  }
  return isAtLeast(release, '24.0.0')
    ? { api: [2, 21], product: '8.4.0' }
    : { api: [2, 20], product: '8.3.0' };
}
