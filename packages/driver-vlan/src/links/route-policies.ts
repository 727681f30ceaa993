import type { NetworkProgram } from '../program/network-program.js';
import type { Family } from './link-state.js';

/** Which table a packet is looked up in. */
export interface RoutePolicy {
  readonly priority: number;
  readonly from?: string | undefined;
  readonly mark?: number | undefined;
  readonly table: string;
  /** Its default route is passed over. */
  readonly isMainOnly: boolean;
}

const MAIN_FIRST = 100;
const BY_MARK = 101;
const BY_ADDRESS = 102;

/**
 * The rules that a program's routers need: what came by one goes back by it. All look into the main table first, for
 * what is near; then marks decide, which the firewall gives to answers of servers; then the appliance's own addresses.
 */
export function routePolicies({ uplinks }: NetworkProgram, family: Family): ReadonlySet<string> {
  const routers = uplinks
    .flatMap(({ routes }) => routes)
    .filter(({ gateway }) => gateway.includes(':') === (family === '-6'));
  if (routers.length === 0) return new Set();
  return new Set(
    [
      { priority: MAIN_FIRST, table: 'main', isMainOnly: true },
      ...routers.flatMap(({ table, from }) => [
        { priority: BY_MARK, mark: table, table: String(table), isMainOnly: false },
        ...from.map((address) => ({
          priority: BY_ADDRESS,
          from: address,
          table: String(table),
          isMainOnly: false,
        })),
      ]),
    ].map(policyText),
  );
}

/** A rule in the words of `ip rule add` and `ip rule delete`. */
export function policyText({ priority, from, mark, table, isMainOnly }: RoutePolicy): string {
  return [
    `priority ${priority} from ${from ?? 'all'}`,
    ...(mark === undefined ? [] : [`fwmark ${mark}`]),
    `lookup ${table}`,
    ...(isMainOnly ? ['suppress_prefixlength 0'] : []),
  ].join(' ');
}
