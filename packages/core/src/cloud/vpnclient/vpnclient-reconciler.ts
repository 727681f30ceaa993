import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { carriedOut, leaveNetwork } from '../network/carried.js';
import { joinNetwork } from '../network/join-network.js';
import { vpn } from '../vpn/vpn.js';
import { waitFor } from '../wait-for.js';
import { vpnclient } from './vpnclient.js';

/** Has a network's appliance let a client in. */
export function vpnclientReconciler(driver: NetworkDriver): Reconciler<typeof vpnclient> {
  return {
    type: vpnclient,
    async reconcile(pass) {
      const { spec, status, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) return leaveNetwork(pass, driver, status.networkId);
      const gateway = await pass.find(vpn, spec.vpnId);
      if (gateway === undefined || gateway.deleteRequestedAt !== null)
        return waitFor(pass, `vpn ${spec.vpnId}`, gateway);
      const joined = await joinNetwork(
        pass,
        { networkId: gateway.spec.networkId, addresses: [], servers: [] },
        { known: status.networkId, join: (of) => pass.relate('networkId', of) },
      );
      return joined.kind === 'end' ? joined.outcome : carriedOut(pass, driver, joined.network);
    },
  };
}
