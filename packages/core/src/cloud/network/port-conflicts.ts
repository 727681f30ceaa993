import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { PortProtocol } from '../../ports/drivers/appliance.js';
import type { Conflict } from './conflicts.js';

/** Ports of an address that something asks for. */
export interface PortClaim {
  readonly by: Resource;
  readonly address: string;
  readonly protocol: PortProtocol;
  readonly first: number;
  readonly last: number;
}

/** Says of each of several which older one has a port that it asks for. Of two of one age the smaller uuid is the older. */
export function portConflicts(claims: readonly PortClaim[]): ReadonlyMap<ResourceUuid, Conflict> {
  const conflicts = new Map<ResourceUuid, Conflict>();
  const given = new Map<string, PortClaim[]>();
  for (const claim of claims.toSorted(byAge)) {
    const key = `${claim.protocol} ${claim.address}`;
    const others = given.get(key) ?? [];
    given.set(key, others);
    const place = placeOf(claim, others);
    const inTheWay = [others[place - 1], others[place]].find(
      (other) => other !== undefined && other.first <= claim.last && claim.first <= other.last,
    );
    if (inTheWay === undefined) others.splice(place, 0, claim);
    else conflicts.set(claim.by.uuid, conflictWith(claim, inTheWay));
  }
  return conflicts;
}

function conflictWith({ by, address, protocol }: PortClaim, other: PortClaim): Conflict {
  const { type, id, uuid } = other.by;
  const ports = other.first === other.last ? `${other.first}` : `${other.first}–${other.last}`;
  return {
    generation: by.generation,
    message: `${protocol} port ${ports} of ${address} leads to ${type} ${id}, which is older`,
    with: uuid,
  };
}

// Where it belongs among those that do not overlap, in the order of their ports.
function placeOf({ first }: PortClaim, others: readonly PortClaim[]): number {
  let [low, high] = [0, others.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((others[middle]?.first ?? 0) < first) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byAge({ by: left }: PortClaim, { by: right }: PortClaim): number {
  return left.created - right.created || (left.uuid < right.uuid ? -1 : 1);
}
