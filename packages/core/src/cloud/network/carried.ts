import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { stall } from '../../model/stall.js';
import { isReady } from '../../model/state.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { conflictOf } from './conflicts.js';
import { network } from './network.js';
import { pairTrouble } from './pair-standing.js';

/** How long to wait for a network that tells when its appliance follows, in case its word is lost; milliseconds. */
const NETWORK_PAUSE = 10_000;
/** How long while one of its appliances is away: nobody tells when that can't take over any more; milliseconds. */
const AWAY_PAUSE = 2_000;
type Network = Resource<typeof network>;

/**
 * Ends a pass over something that a network's document speaks of: it is as asked once every appliance of the network
 * carries it in this generation. Until then the network is told.
 */
export async function carriedOut<T extends ResourceType>(
  pass: Pass<T>,
  driver: NetworkDriver,
  of: Network,
  generation: number = pass.resource.generation,
): Promise<Outcome> {
  const { uuid } = pass.resource;
  const conflict = conflictOf(of, uuid);
  if (conflict?.generation === pass.resource.generation) {
    return stall('InTheWay', conflict.message, { blockers: [conflict.with] });
  }
  const carried = await pass.carried(driver, of.uuid);
  if (carried !== undefined && carried >= generation) return { kind: 'done' };
  return waitForAppliance(pass, of, `waiting for the appliance of network ${of.id} to carry it`);
}

/**
 * Waits until no appliance of the network carries it any more; undefined then. Only a network that has nothing else under
 * way tells: what it is about to tell its appliance may be from before the removal.
 */
export async function stillCarried<T extends ResourceType>(
  pass: Pass<T>,
  driver: NetworkDriver,
  of: Network | undefined,
): Promise<Outcome | undefined> {
  // Its appliance was seen gone before it went itself.
  if (of === undefined) return undefined;
  const { documentRevision = null, appliedRevision = null } = of.status;
  const carried = await pass.carried(driver, of.uuid);
  if (carried === undefined && documentRevision === appliedRevision) return undefined;
  return waitForAppliance(
    pass,
    of,
    `waiting for the appliance of network ${of.id} to let go of it`,
  );
}

/** Ends the removal of something that a document spoke of: gone once no appliance of its network carries it. */
export async function leaveNetwork<T extends ResourceType>(
  pass: Pass<T>,
  driver: NetworkDriver,
  networkId: string | null | undefined,
): Promise<Outcome> {
  const of = await pass.find(network, networkId ?? null);
  return (await stillCarried(pass, driver, of)) ?? { kind: 'gone' };
}

function waitForAppliance<T extends ResourceType>(
  pass: Pass<T>,
  of: Network,
  message: string,
): Outcome {
  pass.wakeAfterwards([of]);
  const { appliances = null } = of.status;
  const trouble = appliances === null ? undefined : pairTrouble(appliances);
  const told = trouble === undefined ? message : `${message}: ${trouble.message}`;
  const afterMs = trouble === undefined ? NETWORK_PAUSE : AWAY_PAUSE;
  const blockers = isReady(of) ? [] : [of.uuid];
  return { kind: 'wait', on: 'dependency', afterMs, message: told, blockers };
}
