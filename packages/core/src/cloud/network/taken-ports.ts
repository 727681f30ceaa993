import type { Filter } from '../../model/filter.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { PortProtocol } from '../../ports/drivers/appliance.js';
import type { Store } from '../../ports/store.js';
import { loadbalancer } from '../loadbalancer/loadbalancer.js';
import { portforward } from '../portforward/portforward.js';
import { vpn } from '../vpn/vpn.js';

/** Ports of an address that somebody asks for. */
export interface WantedPorts {
  readonly address: ResourceUuid;
  readonly protocol: PortProtocol;
  readonly first: number;
  readonly last: number;
  /** Who asks; absent while it is only asked for. */
  readonly by: ResourceUuid | undefined;
}

/** How many that are in the way are looked at: all but one of them may be going. */
const MOST = 100;

/** Something that has one of the ports already; undefined when all are free. What is being removed counts no more. */
export async function holderOf(
  store: Pick<Store, 'list'>,
  wanted: WantedPorts,
): Promise<Resource | undefined> {
  for (const { type, fixed, first, last } of HOLDERS) {
    const filters: Filter[] = [
      { field: first, modifier: 'lte', value: wanted.last },
      { field: last, modifier: 'gte', value: wanted.first },
    ];
    if (fixed === undefined)
      filters.push({ field: 'protocol', modifier: 'eq', value: wanted.protocol });
    else if (fixed !== wanted.protocol) continue;
    const { resources } = await store.list({ kind: 'all' }, type, {
      filters,
      limit: MOST,
      child: { field: 'ipaddressId', parent: wanted.address },
    });
    const holder = resources.find(
      ({ uuid, deleteRequestedAt }) => deleteRequestedAt === null && uuid !== wanted.by,
    );
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** A type whose resources have ports of an address, and the fields that say which. */
interface Holder {
  readonly type: ResourceType;
  /** The protocol of all of them, where they have no field for it. */
  readonly fixed?: PortProtocol;
  readonly first: string;
  readonly last: string;
}

const HOLDERS: readonly Holder[] = [
  { type: portforward, first: 'publicStartPort', last: 'publicEndPort' },
  { type: vpn, fixed: 'udp', first: 'listenPort', last: 'listenPort' },
  { type: loadbalancer, first: 'publicPort', last: 'publicPort' },
];
