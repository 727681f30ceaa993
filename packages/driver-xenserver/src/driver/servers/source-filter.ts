import type { DriverCall, ServerNic } from '@gdcloud/core';
import { isXapiError } from '../../client/xapi-error.js';
import type { DriverContext } from '../context.js';
import { knownObjects } from '../known.js';
import type { FilteredCard } from './step.js';

/**
 * Why a card is not held to its own source address, noted down on the card itself: `<code>@<pool>`. What the pool
 * refused counts for that very release and licence, so that it is tried again once either changes.
 */
export interface Unfiltered {
  /** XAPI's code, or {@link KEPT}. */
  readonly code: string;
  /** The release and licence that refused it. */
  readonly pool: string;
}

/** The field of `other_config` that holds it. */
export const UNFILTERED = 'gdcloud:unfiltered';

/** The code of a card that was adopted: nobody asked for another filter than it has. */
export const KEPT = 'KEPT';

/** The field of a card that was adopted. */
export const KEPT_TEXT: string = `${KEPT}@`;

const REFUSALS: readonly string[] = [
  'LICENCE_RESTRICTION',
  'FEATURE_RESTRICTED',
  'MESSAGE_METHOD_UNKNOWN',
  'MESSAGE_REMOVED',
  'NOT_IMPLEMENTED',
];

/** Whether the pool has said that it has no filter, or not for this licence; undefined for any other error. */
export function filterRefusal(error: unknown): string | undefined {
  return REFUSALS.find((code) => isXapiError(error, code));
}

/** Reads the note on a card; undefined where there is none. */
export function readUnfiltered(config: Readonly<Record<string, string>>): Unfiltered | undefined {
  const { [UNFILTERED]: text } = config;
  if (text === undefined) return undefined;
  const [code = '', ...pool] = text.split('@');
  return { code, pool: pool.join('@') };
}

/** The note as it is stored. */
export function unfilteredText({ code, pool }: Unfiltered): string {
  return `${code}@${pool}`;
}

/** Whether a card is left without a filter in this pool as it is now. Pure. */
export function isLeftUnfiltered(
  unfiltered: Unfiltered | undefined,
  pool: string | undefined,
): unfiltered is Unfiltered {
  return unfiltered !== undefined && (unfiltered.code === KEPT || unfiltered.pool === pool);
}

/** Why a card is not held to its own address, in words that follow “because”. */
export function unfilteredReason({ code }: Unfiltered): string {
  switch (code) {
    case KEPT:
      return 'its card was adopted as it is';
    case 'LICENCE_RESTRICTION':
    case 'FEATURE_RESTRICTED':
      return `the licence of the pool does not allow it (${code})`;
    default:
      return `the release of the pool has no such filter (${code})`;
  }
}

/** The source addresses that a card may use. */
export function allowedAddresses({
  ipv4Address,
  ipv6Addresses = [],
}: Pick<ServerNic, 'ipv4Address' | 'ipv6Addresses'>): readonly string[] {
  return [ipv4Address, ...ipv6Addresses];
}

/** The releases and licences of a pool's hosts, as far as what it allows depends on them. */
export async function poolVersion(context: DriverContext, call: DriverCall): Promise<string> {
  const hosts = await knownObjects(
    context,
    'host',
    () => context.xapi.read('host.get_all_records', [], call),
    call,
  );
  const versions = hosts.map(([, { software_version: software, edition }]) => {
    const { product_version: release = '', platform_version: platform = '' } = software;
    return `${release === '' ? platform : release} ${edition ?? ''}`.trim();
  });
  return [...new Set(versions)].sort().join(', ');
}

/**
 * Holds a card to its own addresses, or notes down on it that the pool does not: then it works without. The note of an
 * earlier refusal goes once it is not true any more.
 */
export async function filterSource(
  context: DriverContext,
  card: FilteredCard,
  call: DriverCall,
): Promise<void> {
  const { xapi } = context;
  const { ref, unfiltered, nic } = card;
  try {
    // The address comes first: locked without one, it is cut off.
    await xapi.write('VIF.set_ipv4_allowed', [ref, [nic.ipv4Address]], call);
    const { ipv6Addresses = [] } = nic;
    if (ipv6Addresses.length > 0)
      await xapi.write('VIF.set_ipv6_allowed', [ref, ipv6Addresses], call);
    if (unfiltered === undefined) return;
    // One that was made without a filter is not locked yet. The note goes last: until then all this is done again.
    await xapi.write('VIF.set_locking_mode', [ref, 'locked'], call);
    await xapi.write('VIF.remove_from_other_config', [ref, UNFILTERED], call);
  } catch (error) {
    const code = filterRefusal(error);
    if (code === undefined) throw error;
    const text = unfilteredText({ code, pool: await poolVersion(context, call) });
    if (unfiltered !== undefined)
      await xapi.write('VIF.remove_from_other_config', [ref, UNFILTERED], call);
    await xapi.write('VIF.add_to_other_config', [ref, UNFILTERED, text], call);
  }
}
