import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { carriedOut, leaveNetwork } from '../network/carried.js';
import { joinNetwork } from '../network/join-network.js';
import { vpn } from './vpn.js';

/** Has a network's appliance let in who has a key. */
export function vpnReconciler(driver: NetworkDriver): Reconciler<typeof vpn> {
  return {
    type: vpn,
    async reconcile(pass) {
      const { spec, deleteRequestedAt } = pass.resource;
      const { networkId, ipaddressId: id, listenPort } = spec;
      if (deleteRequestedAt !== null) return leaveNetwork(pass, driver, networkId);
      const row = await pass.find(ipaddress, id);
      const joined = await joinNetwork(
        pass,
        { networkId, addresses: [{ id, row }], servers: [] },
        { known: networkId, join: () => undefined },
      );
      if (joined.kind === 'end') return joined.outcome;
      const { address } = row?.status ?? {};
      pass.report({
        endpoint: typeof address === 'string' ? endpointOf(address, listenPort) : null,
        privateCidrs: [joined.network.spec.ipv4Cidr],
      });
      return carriedOut(pass, driver, joined.network);
    },
  };
}

function endpointOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
