import type { BackendCheck, ResourceUuid } from '@gdcloud/core';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { HttpProxyElement } from '../plan/appliance-elements.js';
import type { IpAddress } from '../plan/ip.js';
import type { Port } from '../plan/ports.js';

/** The balancers of a network that speak HTTP themselves: what one program of the network is to do. */
export interface HttpProxy {
  readonly balancers: readonly ProxiedBalancer[];
}

/** A port of a public address at which requests are taken, and spread over servers. */
export interface ProxiedBalancer {
  readonly uuid: ResourceUuid;
  readonly proxy: HttpProxyElement;
  readonly publicAddress: IpAddress;
  readonly publicPort: Port;
  readonly algorithm: 'roundRobin' | 'source';
  readonly check: BackendCheck | null;
  readonly servers: readonly ProxiedServer[];
}

/** One server of a {@link ProxiedBalancer}. Of weight 0 it gets no new clients. */
export interface ProxiedServer {
  readonly server: ResourceUuid;
  readonly address: IpAddress;
  readonly port: Port;
  readonly weight: number;
}

/** What a document's balancers come to; null where none speaks HTTP itself. */
export function httpProxyOf({ balancers }: ApplianceDocument): HttpProxy | null {
  const proxied = balancers.flatMap((balancer): readonly ProxiedBalancer[] => {
    const { uuid, proxy, publicAddress, publicPort, privatePort, algorithm, check } = balancer;
    if (proxy === undefined) return [];
    const servers = balancer.backends.map(({ server, privateAddress: address, weight }) => ({
      server,
      address,
      port: privatePort,
      weight,
    }));
    return [{ uuid, proxy, publicAddress, publicPort, algorithm, check, servers }];
  });
  return proxied.length === 0 ? null : { balancers: proxied };
}
