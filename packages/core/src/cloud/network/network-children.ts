import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { loadbalancer } from '../loadbalancer/loadbalancer.js';
import { networkrule } from '../networkrule/networkrule.js';
import { portforward } from '../portforward/portforward.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { vpn } from '../vpn/vpn.js';
import { vpnclient } from '../vpnclient/vpnclient.js';

/** All that names a network as its own, by type, each in the order of their uuids; what is being removed is among it. */
export interface NetworkChildren {
  readonly servers: readonly Resource<typeof virtualmachine>[];
  readonly addresses: readonly Resource<typeof ipaddress>[];
  readonly forwards: readonly Resource<typeof portforward>[];
  readonly balancers: readonly Resource<typeof loadbalancer>[];
  readonly gateways: readonly Resource<typeof vpn>[];
  readonly clients: readonly Resource<typeof vpnclient>[];
  readonly rules: readonly Resource<typeof networkrule>[];
}

/** Sorts what names a network by type. */
export function networkChildren(children: readonly Resource[]): NetworkChildren {
  const of = <T extends ResourceType>(type: T): readonly Resource<T>[] =>
    children
      .filter((child): child is Resource<T> => child.type === type.id)
      .toSorted((left, right) => (left.uuid < right.uuid ? -1 : 1));
  return {
    servers: of(virtualmachine),
    addresses: of(ipaddress),
    forwards: of(portforward),
    balancers: of(loadbalancer),
    gateways: of(vpn),
    clients: of(vpnclient),
    rules: of(networkrule),
  };
}
