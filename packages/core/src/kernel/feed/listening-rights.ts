import { isServed, opens } from '../../model/credential-standing.js';
import type { ResourceUuid } from '../../model/identity.js';
import { sameJson } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { Store } from '../../ports/store.js';
import { kindOf, scopesWithin } from '../caller-of.js';
import type { Caller } from '../resources.js';

/** How many rows are read at a time. */
const BATCH = 500;

/**
 * Which of the callers would not be let in any more as they were: their key or their account is not good any more, or is
 * of another kind, or opens something else. Each key and account is read once, however many callers have it.
 */
export async function revokedCallers(
  callers: Iterable<Caller>,
  store: Pick<Store, 'findAll'>,
  now: number,
): Promise<ReadonlySet<Caller>> {
  const asked = [...callers];
  const uuids = [...new Set(asked.flatMap(({ account, key }) => [account, ...(key ? [key] : [])]))];
  const rows = new Map<ResourceUuid, Resource>();
  for (let first = 0; first < uuids.length; first += BATCH) {
    const wanted = uuids.slice(first, first + BATCH).map((uuid) => ({ uuid }));
    for (const row of await store.findAll({ kind: 'all' }, wanted))
      if (row !== undefined) rows.set(row.uuid, row);
  }
  return new Set(asked.filter((caller) => !isStillGood(caller, rows, now)));
}

function isStillGood(
  { account, key, kind, scopes }: Caller,
  rows: ReadonlyMap<ResourceUuid, Resource>,
  now: number,
): boolean {
  const owner = rows.get(account);
  if (!isServed(owner) || kindOf(owner) !== kind) return false;
  if (key === undefined) return true;
  const opened = rows.get(key);
  return opens(opened, now) && sameJson(scopesWithin(owner, opened) ?? null, scopes ?? null);
}
