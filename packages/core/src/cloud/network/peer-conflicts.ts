import type { ResourceUuid } from '../../model/identity.js';
import { overlap, parseCidr } from '../../model/ip-network.js';
import type { Resource } from '../../model/resource.js';
import type { VpnPeer } from '../../ports/drivers/appliance.js';
import type { Conflict } from './conflicts.js';

/** A peer, and the row it comes from. */
export interface PeerClaim {
  readonly by: Resource;
  readonly peer: VpnPeer;
}

/** Says of each of several peers which older one has its key or one of its networks. */
export function peerConflicts(claims: readonly PeerClaim[]): ReadonlyMap<ResourceUuid, Conflict> {
  const conflicts = new Map<ResourceUuid, Conflict>();
  const keys = new Map<string, Resource>();
  const networks: { readonly cidr: string; readonly by: Resource }[] = [];
  for (const { by, peer } of claims.toSorted(byAge)) {
    // A client's own address is no other's: only what is behind gateways can overlap.
    const behind = peer.allowedCidrs.slice(1);
    const twin = keys.get(peer.publicKey);
    const other =
      twin ?? networks.find(({ cidr }) => behind.some((its) => inCommon(its, cidr)))?.by;
    if (other !== undefined) {
      const what = twin === undefined ? 'its networks' : 'its key';
      const message = `vpnclient ${other.id}, which is older, has ${what} already`;
      conflicts.set(by.uuid, { generation: by.generation, message, with: other.uuid });
      continue;
    }
    keys.set(peer.publicKey, by);
    for (const cidr of behind) networks.push({ cidr, by });
  }
  return conflicts;
}

function inCommon(one: string, other: string): boolean {
  const [left, right] = [parseCidr(one), parseCidr(other)];
  return left !== undefined && right !== undefined && overlap(left, right);
}

function byAge({ by: left }: PeerClaim, { by: right }: PeerClaim): number {
  return left.created - right.created || (left.uuid < right.uuid ? -1 : 1);
}
