import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { carriedOut, leaveNetwork } from '../network/carried.js';
import { joinNetwork } from '../network/join-network.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { waitFor } from '../wait-for.js';
import { loadbalancer } from './loadbalancer.js';
import { sayHealth } from './server-health.js';
import { certificateExpires } from './tls-certificate.js';

type Balancer = typeof loadbalancer;

/** Has a network's appliance carry a balancer. */
export function loadbalancerReconciler(driver: NetworkDriver): Reconciler<Balancer> {
  return {
    type: loadbalancer,
    async reconcile(pass) {
      const { status, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) return leaveNetwork(pass, driver, status.networkId);
      return balance(pass, driver);
    },
  };
}

async function balance(pass: Pass<Balancer>, driver: NetworkDriver): Promise<Outcome> {
  const { spec, status } = pass.resource;
  const { virtualmachineIds } = spec;
  const address = await pass.find(ipaddress, spec.ipaddressId);
  const servers = await pass.findAll(
    Object.fromEntries(virtualmachineIds.map((id) => [id, { type: virtualmachine, id }])),
  );
  // The address stays in its network for as long as something leads from it.
  const networkId = address?.spec.networkId ?? null;
  if (address === undefined || networkId === null)
    return waitFor(pass, `ipaddress ${spec.ipaddressId}`, address);
  const needed = {
    networkId,
    addresses: [{ id: spec.ipaddressId, row: address }],
    servers: virtualmachineIds.map((id) => ({ id, row: servers[id] })),
  };
  const joined = await joinNetwork(pass, needed, {
    known: status.networkId,
    join: (of) => pass.relate('networkId', of),
  });
  if (joined.kind === 'end') return joined.outcome;
  const all = virtualmachineIds.flatMap((id) => servers[id] ?? []);
  sayHealth(pass, joined.network, all);
  const expires = spec.mode === 'https' ? certificateExpires(spec.certificate) : null;
  if (expires !== (status.certificateExpires ?? null)) pass.report({ certificateExpires: expires });
  return carriedOut(pass, driver, joined.network);
}
