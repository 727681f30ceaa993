import type { ResourceUuid } from '../../model/identity.js';
import type { AllocationWant, Store } from '../../ports/store.js';
import type { SqlConnection } from '../store/connection.js';
import { isNumbered } from '../store/sql-allocations.js';
import { allocation, type Candidate, charge } from './ledger-statements.js';

/** How many items of a pool are tried before all of them are looked through. */
const TRIED = 3;

/**
 * A store on PostgreSQL in which what is nearly always possible at once, taking free items and charging a holder that has
 * room, is one statement. What that could not do is done, or refused, by `store`.
 */
export function withSingleStatementLedger(store: Store, connection: SqlConnection): Store {
  const allocateAll: Store['allocateAll'] = async (owner, wants) => {
    const pools = new Set(wants.map(({ pool }) => pool));
    const candidates = candidatesOf(wants);
    if (pools.size < wants.length || candidates.length === 0)
      return store.allocateAll(owner, wants);
    const { rows } = await connection.writeOne(allocation(owner, candidates));
    const given = new Map(rows.map(({ pool, item }) => [pool, item]));
    return given.size === wants.length
      ? wants.map(({ pool }) => given.get(pool))
      : store.allocateAll(owner, wants);
  };
  return {
    ...store,
    allocateAll,
    allocate: async (pool, owner, items) => (await allocateAll(owner, [{ pool, items }]))[0],
    claimCapacity: async (owner, holder, className, amount) => {
      const held = await store.claimOf(owner, className);
      if (held?.holder === holder && held.amount === amount) return true;
      const isNew = held === undefined;
      if (isNew && (await isCharged(connection, { owner, holder, className, amount }))) return true;
      return store.claimCapacity(owner, holder, className, amount);
    },
  };
}

async function isCharged(
  connection: SqlConnection,
  claim: {
    readonly owner: ResourceUuid;
    readonly holder: ResourceUuid;
    readonly className: string;
    readonly amount: number;
  },
): Promise<boolean> {
  const { rows } = await connection.writeOne(charge(claim));
  return rows.length > 0;
}

function candidatesOf(wants: readonly AllocationWant[]): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const { pool, items } of wants) {
    let tried = 0;
    for (const { item, number } of candidatesIn(items)) {
      candidates.push({ pool, item, number });
      tried += 1;
      if (tried === TRIED) break;
    }
  }
  return candidates;
}

function* candidatesIn(items: AllocationWant['items']): Generator<Omit<Candidate, 'pool'>, void> {
  if (!isNumbered(items)) for (const item of items) yield { item, number: null };
  else
    for (let number = items.from; number <= items.last; number += 1)
      if (!items.unwelcome.has(number)) yield { item: items.itemOf(number), number };
}
