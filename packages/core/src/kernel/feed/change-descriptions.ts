import type { ResourceId, ResourceUuid } from '../../model/identity.js';
import type { TypeRegistry } from '../../model/registry.js';
import type { ChangeRecord } from '../../ports/change-records.js';
import type { Clock } from '../../ports/clock.js';
import type { Store } from '../../ports/store.js';
import { changeOf, type ResourceChange } from './change.js';

/** How many accounts' ids are remembered; they never change. */
const REMEMBERED = 10_000;

/** Finds out what records tell: where their resources stand now. */
export class ChangeDescriptions {
  readonly #store: Pick<Store, 'findAll' | 'idsOf'>;
  readonly #types: TypeRegistry;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #accountIds = new Map<ResourceUuid, ResourceId>();

  constructor(parts: {
    readonly store: Pick<Store, 'findAll' | 'idsOf'>;
    readonly types: TypeRegistry;
    readonly clock: Pick<Clock, 'now'>;
  }) {
    this.#store = parts.store;
    this.#types = parts.types;
    this.#clock = parts.clock;
  }

  /** What each record tells; undefined where its resource is forgotten, or of a type that is not known here. */
  async of(records: readonly ChangeRecord[]): Promise<readonly (ResourceChange | undefined)[]> {
    if (records.length === 0) return [];
    const uuids = [...new Set(records.map(({ resource }) => resource))];
    const found = await this.#store.findAll(
      { kind: 'all' },
      uuids.map((uuid) => ({ uuid })),
    );
    const resources = new Map(found.map((resource, index) => [uuids[index], resource]));
    await this.#learn(found.flatMap((resource) => resource?.account ?? []));
    const now = this.#clock.now();
    return records.map((record) => {
      const resource = resources.get(record.resource);
      const type = resource === undefined ? undefined : this.#types.find(resource.type);
      if (resource === undefined || type === undefined) return undefined;
      const accountId = this.#accountIds.get(resource.account) ?? null;
      return changeOf(record, type, resource, accountId, now);
    });
  }

  async #learn(accounts: readonly ResourceUuid[]): Promise<void> {
    const unknown = [...new Set(accounts)].filter((account) => !this.#accountIds.has(account));
    if (unknown.length === 0) return;
    const ids = await this.#store.idsOf(unknown);
    if (this.#accountIds.size + ids.size > REMEMBERED) this.#accountIds.clear();
    for (const [account, id] of ids) this.#accountIds.set(account, id);
  }
}
