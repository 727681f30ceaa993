import type { ResourceUuid } from '../../model/identity.js';
import { overlap, parseCidr } from '../../model/ip-network.js';
import type { JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { liveRow } from '../live-row.js';
import { network } from '../network/network.js';
import { holderOf } from '../network/taken-ports.js';
import { vpn } from './vpn.js';

type Reads = Pick<Store, 'find' | 'list' | 'referrers'>;
type Spec = Resource<typeof vpn>['spec'];

/** A network has one way in for keys, at an address of its own, and its clients are none of its servers. */
export const VPN_HOOKS: readonly ((store: Reads) => HookRegistration)[] = [
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/vpn-of-one-network',
    run: ({ type, operation, before, desired, uuid }) =>
      type === vpn.id && operation !== 'delete'
        ? refusal(store, before?.uuid ?? uuid, { ...(before?.spec as JsonObject), ...desired })
        : undefined,
  }),
];

async function refusal(
  store: Reads,
  by: ResourceUuid | undefined,
  desired: JsonObject,
): Promise<Refusal | undefined> {
  // Validated by now: the fields are as the type says.
  const { networkId, ipaddressId, listenPort: port, clientCidr } = desired as unknown as Spec;
  const of = await liveRow(store, network, networkId);
  const address = await liveRow(store, ipaddress, ipaddressId);
  if (of === undefined || address === undefined) return undefined;
  if (address.spec.networkId !== of.id) {
    const message = `ipaddress ${address.id} is not assigned to network ${of.id}`;
    return { message, fieldName: 'ipaddressId' };
  }
  const [clients, servers] = [parseCidr(clientCidr), parseCidr(of.spec.ipv4Cidr)];
  if (clients !== undefined && servers !== undefined && overlap(clients, servers)) {
    const message = `${clientCidr} and the servers’ own ${of.spec.ipv4Cidr} have addresses in common`;
    return { message, fieldName: 'clientCidr' };
  }
  const others = await store.referrers(of.uuid, vpn.id, 'networkId');
  const other = others.find((row) => row.uuid !== by && row.deleteRequestedAt === null);
  if (other !== undefined)
    return { message: `network ${of.id} has vpn ${other.id} already`, fieldName: 'networkId' };
  const wanted = { address: address.uuid, protocol: 'udp', first: port, last: port, by } as const;
  const holder = await holderOf(store, wanted);
  return holder === undefined
    ? undefined
    : {
        message: `${holder.type} ${holder.id} has that udp port of ipaddress ${address.id} already`,
        fieldName: 'listenPort',
      };
}
