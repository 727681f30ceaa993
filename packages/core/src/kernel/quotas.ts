import { QuotaExceeded, RequestError } from '../model/errors.js';
import type { ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import { type Limits, limitsOf } from '../model/limits.js';
import type { Cost, ResourceType } from '../model/resource-type.js';
import type { Charge, ResourceReads } from '../ports/store.js';

/** Keeps the classes that accounts are charged in apart from those of hosts, whatever they are called. */
const QUOTA = 'quota/';

/** The capacity class in which accounts hold what they may have of a class. */
export function quotaClass(className: string): string {
  return `${QUOTA}${className}`;
}

/**
 * Charges accounts for what they ask for. The store does it by conditional update in the transaction that writes the
 * wish, so no number of requests at once gets more than the limit (reference/kernel.md 1.14). Only what callers ask for
 * is charged; what resources are made of, such as a server's root disk, is not. Accounts without a limit are not charged.
 */
export class Quotas {
  readonly #store: Pick<ResourceReads, 'get'>;
  readonly #defaults: Limits;

  constructor(store: Pick<ResourceReads, 'get'>, defaults: Limits) {
    this.#store = store;
    this.#defaults = defaults;
  }

  /**
   * Runs a write with the charges for making `spec` of what was there before, if anything was. Throws a
   * {@link RequestError} `LimitExceeded` when the store says that they do not fit.
   */
  async charging<Result>(
    type: ResourceType,
    before: { readonly account: ResourceUuid; readonly spec: object | undefined },
    spec: JsonObject,
    write: (charges: readonly Charge[]) => Promise<Result>,
  ): Promise<Result> {
    const costs = changedCosts(type, before.spec, spec);
    const charges = costs.length === 0 ? [] : await this.#charges(before.account, costs);
    try {
      return await write(charges);
    } catch (thrown) {
      throw thrown instanceof QuotaExceeded ? refusal(thrown, costs) : thrown;
    }
  }

  async #charges(holder: ResourceUuid, costs: readonly Cost[]): Promise<readonly Charge[]> {
    const account = (await this.#store.get(holder))?.spec as
      | { readonly kind?: string; readonly limits?: Limits }
      | undefined;
    const limits = limitsOf(account, this.#defaults);
    return costs.flatMap(({ className, amount }) => {
      const limit = limits[className] ?? Number.POSITIVE_INFINITY;
      return limit === Number.POSITIVE_INFINITY
        ? []
        : [{ holder, className: quotaClass(className), amount, limit }];
    });
  }
}

function changedCosts(
  type: ResourceType,
  before: object | undefined,
  after: JsonObject,
): readonly Cost[] {
  if (type.quota === undefined) return [];
  const costs = type.quota(after);
  const paid = before === undefined ? [] : type.quota({ ...before });
  const amountIn = (of: readonly Cost[], className: string) =>
    of.find((cost) => cost.className === className)?.amount ?? 0;
  const dropped = paid.filter(({ className }) => amountIn(costs, className) === 0);
  return [...costs, ...dropped.map((cost) => ({ ...cost, amount: 0 }))].filter(
    ({ className, amount }) => amount !== amountIn(paid, className),
  );
}

function refusal(excess: QuotaExceeded, costs: readonly Cost[]): RequestError {
  const { used, limit, more } = excess;
  const cost = costs.find(({ className }) => quotaClass(className) === excess.className);
  const className = cost?.className ?? excess.className;
  return new RequestError(
    'LimitExceeded',
    `${className}: ${used} of ${limit} are in use, and ${more} more are asked for`,
    {
      fieldName: cost?.fieldName,
      detail: `class ${className}, used ${used}, limit ${limit}, asked for ${more}`,
      cause: excess,
    },
  );
}
