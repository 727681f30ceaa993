import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import type { ipaddress } from '../ipaddress/ipaddress.js';
import { leaseOf } from '../virtualmachine/lease.js';
import type { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { waitFor } from '../wait-for.js';
import { network } from './network.js';

/** A reference of something that a document speaks of: what it is called, and what there is of it. */
export interface Named<T extends ResourceType> {
  readonly id: string;
  readonly row: Resource<T> | undefined;
}

/** What something in a network's document can't be without. */
export interface Needed {
  /** The id of the network. */
  readonly networkId: string;
  readonly addresses: readonly Named<typeof ipaddress>[];
  readonly servers: readonly Named<typeof virtualmachine>[];
}

/** What a pass goes on with. */
export type Joined =
  | { readonly kind: 'joined'; readonly network: Resource<typeof network> }
  | { readonly kind: 'end'; readonly outcome: Outcome };

/**
 * Waits for what something in a network's document needs: the network answers for the addresses, and the servers have
 * their own. From then on the network finds it: `inNetwork` says whether its row names the network already.
 */
export async function joinNetwork<T extends ResourceType>(
  pass: Pass<T>,
  { networkId, addresses, servers }: Needed,
  inNetwork: { readonly known: string | null | undefined; join(of: Resource): void },
): Promise<Joined> {
  for (const { id, row } of servers) {
    if (row === undefined || leaseOf(row) === undefined)
      return end(waitFor(pass, `virtualmachine ${id}`, row));
  }
  for (const { id, row } of addresses) {
    if (row === undefined || row.deleteRequestedAt !== null || row.status.heldById !== networkId)
      return end(waitFor(pass, `ipaddress ${id}`, row));
  }
  const of = await pass.find(network, networkId);
  if (of === undefined || of.deleteRequestedAt !== null)
    return end(waitFor(pass, `network ${networkId}`, of));
  if (inNetwork.known === networkId) return { kind: 'joined', network: of };
  inNetwork.join(of);
  const message = `network ${networkId} is to carry it`;
  return end({ kind: 'wait', on: 'progress', afterMs: 0, message });
}

function end(outcome: Outcome): Joined {
  return { kind: 'end', outcome };
}
