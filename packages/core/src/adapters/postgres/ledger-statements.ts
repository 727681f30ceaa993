import { CompiledQuery } from 'kysely';

/** An item somebody would take, in the order of preference within its pool. */
export interface Candidate {
  readonly pool: string;
  readonly item: string;
  /** What it stands for, where it is numbered. */
  readonly number: number | null;
}

/**
 * Gives `owner` the first free candidate of each pool in which it holds nothing, and answers with all it holds in those
 * pools then. No row for a pool: somebody was faster, all candidates are taken, or the owner is a tombstone.
 *
 * The owner's row is locked before anything is given, so that nothing is given to what is being removed.
 */
export function allocation(
  owner: string,
  candidates: readonly Candidate[],
): CompiledQuery<Pick<Candidate, 'pool' | 'item'>> {
  const rows = candidates.map(
    (_, n) => `($${2 + n * 3}::text, $${3 + n * 3}::text, $${4 + n * 3}::int8, ${n})`,
  );
  return CompiledQuery.raw(
    `with owner as materialized (select removed from resource where uuid = $1 for share),
 wanted (pool, item, number, n) as (values ${rows.join(', ')}),
 held as (select pool, item from allocation where owner = $1 and pool in (select pool from wanted)),
 free as (select distinct on (pool) pool, item, number from wanted
  where not exists (select from owner where removed is not null)
   and not exists (select from held where held.pool = wanted.pool)
   and not exists (select from allocation as taken where taken.pool = wanted.pool and taken.item = wanted.item)
  order by pool, n),
 given as (insert into allocation (pool, item, owner, number) select pool, item, $1, number from free on conflict do nothing returning pool, item)
select pool, item from held where not exists (select from owner where removed is not null)
union all select pool, item from given`,
    [owner, ...candidates.flatMap(({ pool, item, number }) => [pool, item, number])],
  ) as CompiledQuery<Pick<Candidate, 'pool' | 'item'>>;
}

/**
 * Charges `amount` to `holder` for an owner that is charged for nothing in the class yet. Answers with a row where it was
 * done; none where it does not fit, where the owner is a tombstone, or where it is charged already.
 */
export function charge(claim: {
  readonly owner: string;
  readonly holder: string;
  readonly className: string;
  readonly amount: number;
}): CompiledQuery<{ readonly owner: string }> {
  return CompiledQuery.raw(
    `with owner as materialized (select removed from resource where uuid = $1 for share),
 charged as (update capacity set used = used + $4::int8
  where holder = $2 and class = $3 and used + $4::int8 <= total
   and not exists (select from owner where removed is not null)
   and not exists (select from claim where owner = $1 and class = $3)
  returning holder)
insert into claim (owner, class, holder, amount) select $1, $3, $2, $4::int8 from charged returning owner`,
    [claim.owner, claim.holder, claim.className, claim.amount],
  ) as CompiledQuery<{ readonly owner: string }>;
}
