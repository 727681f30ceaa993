import { TICKET_POOL } from '../../../cloud/console/console-tickets.js';
import { MEMORY } from '../../../cloud/virtualmachine/choose-place.js';
import { capacityClass } from '../../../model/claim-class.js';
import type { Resource } from '../../../model/resource.js';
import type { Invariant } from '../facts.js';
import { isLate } from './late.js';
import { nameOf } from './rows.js';

// What a row says it was given; no two living rows may say the same.
function given(row: Resource): readonly string[] {
  const { macAddress, privateIpv4Address, privateIpv6Address, segmentId, physicalNetwork } =
    row.status;
  const { networkId } = row.spec;
  return [
    ...(typeof macAddress === 'string' ? [`mac ${macAddress}`] : []),
    ...(typeof privateIpv4Address === 'string'
      ? [`address ${privateIpv4Address} of network ${String(networkId)}`]
      : []),
    ...(typeof privateIpv6Address === 'string'
      ? [`address ${privateIpv6Address} of network ${String(networkId)}`]
      : []),
    ...(typeof segmentId === 'number' ? [`segment ${String(physicalNetwork)}/${segmentId}`] : []),
  ];
}

// How much memory a server is to have.
function roomIn(desired: unknown): number {
  if (typeof desired !== 'object' || desired === null || !('ramSizeMb' in desired)) return 0;
  return typeof desired.ramSizeMb === 'number' ? desired.ramSizeMb : 0;
}

/** I9: what is limited is given once. */
export const nothingTwice: Invariant = {
  id: 'I9',
  name: 'no address, tag or room is given twice, and claims fit',
  reason: 'Two servers with one address are two broken servers.',
  watch(view) {
    const { database, outlived, outside } = view;
    const owners = new Map<string, Resource>();
    return {
      sent(process, kind, { uuid }, desired) {
        // A process that has lost its lock may have had its charge replaced since.
        if (kind !== 'servers' || desired === undefined || outlived.has(process)) return undefined;
        const room = roomIn(desired);
        for (const claim of database.store.claims())
          if (claim.owner === uuid && claim.className === MEMORY && claim.amount >= room)
            return undefined;
        return `${uuid} is given ${room} MiB that nobody charged it for`;
      },
      happened({ kind, object, by }) {
        const server = outside.servers.objects.get(object.external);
        if (kind !== 'servers' || server === undefined) return undefined;
        if (by === undefined || outlived.has(by)) return undefined;
        // It has the size of when it was asked for, which may be given back since.
        if (isLate(view, server)) return undefined;
        const { ramSizeMb } = server.actual;
        for (const claim of database.store.claims())
          if (claim.owner === object.uuid && claim.className === MEMORY)
            return claim.amount >= ramSizeMb
              ? undefined
              : `${object.uuid} has ${ramSizeMb} MiB and is charged for ${claim.amount}`;
        return undefined;
      },
      wrote({ method, before, after }) {
        if (method !== 'record') return undefined;
        // Room is claimed for servers, between two records of theirs.
        for (const { holder, className, total, used } of after.type === 'virtualmachine'
          ? database.store.allCapacities()
          : [])
          if (used > total) return `${holder} has given ${used} of ${total} ${className}`;
        if (after.removed !== null) {
          for (const item of before === undefined ? [] : given(before))
            if (owners.get(item)?.uuid === after.uuid) owners.delete(item);
          return undefined;
        }
        if (after.status === before?.status) return undefined;
        for (const item of given(after)) {
          const owner = owners.get(item);
          if (owner !== undefined && owner.uuid !== after.uuid)
            return `${item} is given to ${nameOf(owner)} and to ${nameOf(after)}`;
          owners.set(item, after);
        }
        return undefined;
      },
      rested() {
        const claimed = new Map<string, number>();
        for (const { owner, holder, className, amount } of database.store.claims()) {
          const row = database.row(owner);
          if (row === undefined || row.removed !== null)
            return `${amount} of ${className} are still charged to ${owner}, which is gone`;
          const key = `${holder} ${capacityClass(className)}`;
          claimed.set(key, (claimed.get(key) ?? 0) + amount);
        }
        for (const { holder, className, used } of database.store.allCapacities()) {
          const sum = claimed.get(`${holder} ${className}`) ?? 0;
          if (sum !== used)
            return `${holder} says ${used} of ${className} are used, claims say ${sum}`;
        }
        for (const { owner, pool, item } of database.store.allocations()) {
          if (pool === TICKET_POOL) continue;
          const row = database.row(owner);
          if (row === undefined || row.removed !== null)
            return `${item} of ${pool} is still held for ${owner}, which is gone`;
        }
        return undefined;
      },
    };
  },
};
