import type { Resource } from '../../model/resource.js';
import { stall } from '../../model/stall.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Random } from '../../ports/random.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { carriedOut, stillCarried } from '../network/carried.js';
import { network } from '../network/network.js';
import { addressOfPool } from './address-of-pool.js';
import type { AddressSettings } from './address-settings.js';
import { ipaddress } from './ipaddress.js';

type Address = typeof ipaddress;

/** Gives an address of a pool, and has one network at a time answer for it. */
export function ipaddressReconciler(
  driver: NetworkDriver,
  random: Random,
  { quarantineMs }: AddressSettings,
): Reconciler<Address> {
  return {
    type: ipaddress,
    async reconcile(pass) {
      const { spec, status, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) {
        return (await letGo(pass, driver)) ?? quarantine(pass, quarantineMs);
      }
      const known = await addressOfPool(pass, random);
      if (known !== undefined) return known;
      const held = status.heldById ?? null;
      if (held !== null && held !== spec.networkId) {
        const left = await letGo(pass, driver);
        if (left !== undefined) return left;
      }
      if (spec.networkId === null) return { kind: 'done' };
      const wanted = await pass.find(network, spec.networkId);
      if (wanted === undefined) return unassigned(pass, spec.networkId);
      if (held !== spec.networkId) return reserve(pass, wanted);
      return carriedOut(pass, driver, wanted);
    },
  };
}

/** From now on the network may answer for it. That is durable before the network is told. */
function reserve(pass: Pass<Address>, wanted: Resource<typeof network>): Outcome {
  if (wanted.account !== pass.resource.account) {
    return stall('InvalidDesired', `network ${wanted.id} belongs to another account`, {
      code: 'AnotherAccount',
    });
  }
  pass.relate('heldById', wanted);
  pass.report({ releasing: null });
  pass.note('assign', `reserved for network ${wanted.id}`);
  return progress(`network ${wanted.id} may answer for it`);
}

/** Waits until no appliance of its network answers for it any more, and says so; undefined once nobody holds it. */
async function letGo(pass: Pass<Address>, driver: NetworkDriver): Promise<Outcome | undefined> {
  const { heldById = null, releasing = null } = pass.resource.status;
  if (heldById === null) return undefined;
  const holder = await pass.find(network, heldById);
  const held = await stillCarried(pass, driver, holder);
  if (held !== undefined) {
    pass.report({ releasing: null });
    return held;
  }
  if (releasing === null) {
    // Looked at once more in a pass of its own: one look may have been at what was a moment ago.
    pass.report({ releasing: pass.now });
    return progress(`network ${heldById} has let go of it`);
  }
  pass.relate('heldById', null);
  pass.note('unassign', `network ${heldById} has let go of it`);
  return progress(`network ${heldById} has let go of it`);
}

/** Others get it only when whoever talked to it has forgotten who had it. */
function quarantine(pass: Pass<Address>, quarantineMs: number): Outcome {
  const { releasing = null } = pass.resource.status;
  const left = releasing === null ? 0 : releasing + quarantineMs - pass.now;
  if (left <= 0) return { kind: 'gone' };
  const message = 'nobody answers for it any more; others may have it in a while';
  return { kind: 'wait', on: 'capacity', afterMs: left, message };
}

// Its network went in the same moment in which it was asked to answer for it.
async function unassigned(pass: Pass<Address>, id: string): Promise<Outcome> {
  await pass.requestUnlink(pass.resource.uuid, {
    field: 'networkId',
    id,
    also: [],
    why: `network ${id} is gone`,
  });
  return progress(`network ${id} is gone`);
}

function progress(message: string): Outcome {
  return { kind: 'wait', on: 'progress', afterMs: 0, message };
}
