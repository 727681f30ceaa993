import { asUuid } from '../../../model/identity.js';
import type { Invariant } from '../facts.js';
import { nameOf } from './rows.js';

const NAMING: ReadonlySet<string> = new Set(['volume', 'network', 'cd']);

// The resources that a desired object names besides its own.
function named(desired: unknown): readonly string[] {
  if (typeof desired !== 'object' || desired === null) return [];
  return Object.entries(desired).flatMap(([field, value]: [string, unknown]) => {
    if (Array.isArray(value)) return value.flatMap((item: unknown) => named(item));
    if (typeof value === 'object') return named(value);
    return NAMING.has(field) && typeof value === 'string' ? [value] : [];
  });
}

/** I10: accounts never mix. */
export const tenantsApart: Invariant = {
  id: 'I10',
  name: 'nothing of one account is read, written or built into something of another',
  reason: 'Isolation is what a cloud sells.',
  watch: ({ database }) => ({
    sent(_process, kind, key, desired) {
      const owner = database.row(key.uuid);
      for (const uuid of named(desired)) {
        const used = database.row(asUuid(uuid));
        if (owner !== undefined && used !== undefined && used.account !== owner.account)
          return `${kind} of ${nameOf(owner)} uses ${nameOf(used)} of another account`;
      }
      return undefined;
    },
    answered(wish, answer) {
      if (answer instanceof Error || answer.account === wish.account) return undefined;
      return `${nameOf(answer)} was shown to an account that does not own it`;
    },
    told({ resource, account }) {
      return resource.account === account
        ? undefined
        : `${nameOf(resource)} was told of to an account that does not own it`;
    },
    wrote({ before, after }) {
      return before !== undefined && before.account !== after.account
        ? `${nameOf(after)} moved to another account`
        : undefined;
    },
  }),
};
