import { type Limits, limitsOf } from '../../model/limits.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { Answerer } from '../../ports/answerer.js';
import type { Store } from '../../ports/store.js';
import { account } from '../account/account.js';

const PAGE = 500;

/**
 * Answers how much an account has of what is limited, and its limits. What it has is counted by its rows, so that it is told
 * of accounts without limits too, which nothing is charged to.
 */
export function quotaAnswerer(
  store: Pick<Store, 'list'>,
  types: readonly ResourceType[],
  defaults: Limits,
): Answerer<typeof account> {
  const charged = types.filter((type) => type.quota !== undefined);
  return {
    type: account,
    question: 'usage',
    async answer({ resource: { uuid, spec } }) {
      const used: Record<string, number> = {};
      for (const type of charged)
        for await (const row of rowsOf(store, type, uuid))
          for (const { className, amount } of type.quota?.({ ...row.spec }) ?? [])
            used[className] = (used[className] ?? 0) + amount;
      const limits = Object.entries(limitsOf(spec, defaults)).filter(([, limit]) =>
        Number.isFinite(limit),
      );
      return { fields: { used, limits: Object.fromEntries(limits) } };
    },
  };
}

async function* rowsOf(
  store: Pick<Store, 'list'>,
  type: ResourceType,
  owner: Resource['uuid'],
): AsyncGenerator<Resource, void, undefined> {
  let after: Parameters<Store['list']>[2]['after'];
  do {
    const query = { filters: [], limit: PAGE, after };
    const page = await store.list({ kind: 'account', account: owner }, type, query);
    // Others' that everybody may see are theirs to answer for.
    for (const row of page.resources) if (row.account === owner) yield row;
    after = page.next;
  } while (after !== undefined);
}
