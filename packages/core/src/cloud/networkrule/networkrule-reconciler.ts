import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { carriedOut, leaveNetwork } from '../network/carried.js';
import { joinNetwork } from '../network/join-network.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { networkrule } from './networkrule.js';

/** Has a network's appliance keep to a rule. */
export function networkruleReconciler(driver: NetworkDriver): Reconciler<typeof networkrule> {
  return {
    type: networkrule,
    async reconcile(pass) {
      const { spec, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) return leaveNetwork(pass, driver, spec.networkId);
      const { networkId, ipaddressId, virtualmachineId } = spec;
      const { address, server } = await pass.findAll({
        address: { type: ipaddress, id: ipaddressId },
        server: { type: virtualmachine, id: virtualmachineId ?? null },
      });
      const addresses = ipaddressId === null ? [] : [{ id: ipaddressId, row: address }];
      // Of days before there were such, it isn't said.
      const servers =
        typeof virtualmachineId === 'string' ? [{ id: virtualmachineId, row: server }] : [];
      const joined = await joinNetwork(
        pass,
        { networkId, addresses, servers },
        { known: networkId, join: () => undefined },
      );
      return joined.kind === 'end' ? joined.outcome : carriedOut(pass, driver, joined.network);
    },
  };
}
