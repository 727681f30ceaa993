import { ReferenceLost, StillNeeded } from '../../model/errors.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Draft, Reference, Unneeded } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { locked } from './flavour.js';
import { type Prepared, prepare } from './prepared.js';
import type { ResourceTable } from './schema.js';
import { SqlNeeds } from './sql-needs.js';

type Standing = Pick<ResourceTable, 'uuid' | 'removed' | 'delete_requested_at'>;

/**
 * What writes need to know of other rows than their own, read in their units: that what they name stays, and that nobody
 * needs what they ask to leave. Who names a row keeps it from being asked to leave until the unit ends, and the other way
 * round, so that of two that contradict each other the second sees the first.
 */
export class SqlStanding {
  readonly #connection: SqlConnection;
  /** By the number of rows they look at. */
  readonly #looks = new Map<number, Prepared<{ [name: string]: string }, Standing>>();
  readonly #needs: SqlNeeds;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    this.#needs = new SqlNeeds(connection);
  }

  /** What of a new resource's names does not stay, if anything: one that it refers to, or its account. */
  async lostBy(queries: Queries, draft: Draft): Promise<ReferenceLost | undefined> {
    const { references, account } = draft;
    const rows = await this.#look(queries, [...references.map(({ target }) => target), account]);
    // The first resources of all are made before their account is.
    const owner = rows.get(account);
    return (
      lostOf(references, rows) ??
      (owner === undefined || stays(owner)
        ? undefined
        : new ReferenceLost({ field: undefined, target: account }))
    );
  }

  /** What of a resource's new names does not stay, if anything. */
  async lostAmong(
    queries: Queries,
    references: readonly Reference[],
  ): Promise<ReferenceLost | undefined> {
    const rows = await this.#look(
      queries,
      references.map(({ target }) => target),
    );
    return lostOf(references, rows);
  }

  /** Why a resource is needed that its unit has locked; undefined where it is not. */
  async needOf(
    queries: Queries,
    uuid: ResourceUuid,
    { apartFrom, owned: counted }: Unneeded,
  ): Promise<StillNeeded | undefined> {
    const every = await this.#needs.countReferrers(queries, uuid);
    const referrers = every.filter(({ type, field }) =>
      apartFrom.every((other) => other.type !== type || other.field !== field),
    );
    const owned = counted === 'counts' ? await this.#needs.countOwned(queries, uuid) : 0;
    return referrers.length === 0 && owned === 0
      ? undefined
      : new StillNeeded({ referrers, owned });
  }

  async #look(
    queries: Queries,
    wanted: readonly ResourceUuid[],
  ): Promise<ReadonlyMap<string, Standing>> {
    const uuids = [...new Set(wanted)];
    if (uuids.length === 0) return new Map();
    const values = Object.fromEntries(uuids.map((uuid, index) => [`uuid${index}`, uuid]));
    const { rows } = await queries.run(this.#lookAt(uuids.length)(values));
    return new Map(rows.map((row) => [row.uuid, row]));
  }

  #lookAt(count: number): Prepared<{ [name: string]: string }, Standing> {
    let look = this.#looks.get(count);
    if (look === undefined) {
      const { builder, flavour } = this.#connection;
      const slots = Array.from({ length: count }, (_, index) => `uuid${index}`);
      look = prepare<{ [name: string]: string }, Standing>((p) =>
        locked(
          builder
            .selectFrom('resource')
            .select(['uuid', 'removed', 'delete_requested_at'])
            .where(
              'uuid',
              'in',
              slots.map((slot) => p[slot] ?? ''),
            )
            .orderBy('uuid'),
          flavour.stayLock,
        ),
      );
      this.#looks.set(count, look);
    }
    return look;
  }
}

function lostOf(
  references: readonly Reference[],
  rows: ReadonlyMap<string, Standing>,
): ReferenceLost | undefined {
  const lost = references.find(({ target }) => {
    const row = rows.get(target);
    return row === undefined || !stays(row);
  });
  return lost && new ReferenceLost(lost);
}

function stays({ removed, delete_requested_at: leaving }: Standing): boolean {
  return removed === null && leaving === null;
}
