import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { carriedOut, leaveNetwork } from '../network/carried.js';
import { joinNetwork } from '../network/join-network.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { waitFor } from '../wait-for.js';
import { portforward } from './portforward.js';

/** Has a network's appliance carry a forward. */
export function portforwardReconciler(driver: NetworkDriver): Reconciler<typeof portforward> {
  return {
    type: portforward,
    async reconcile(pass) {
      const { spec, status, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) return leaveNetwork(pass, driver, status.networkId);
      const { server, address } = await pass.findAll({
        server: { type: virtualmachine, id: spec.virtualmachineId },
        address: { type: ipaddress, id: spec.ipaddressId },
      });
      if (server === undefined)
        return waitFor(pass, `virtualmachine ${spec.virtualmachineId}`, undefined);
      const needed = {
        networkId: server.spec.networkId,
        addresses: [{ id: spec.ipaddressId, row: address }],
        servers: [{ id: spec.virtualmachineId, row: server }],
      };
      const joined = await joinNetwork(pass, needed, {
        known: status.networkId,
        join: (of) => pass.relate('networkId', of),
      });
      return joined.kind === 'end' ? joined.outcome : carriedOut(pass, driver, joined.network);
    },
  };
}
