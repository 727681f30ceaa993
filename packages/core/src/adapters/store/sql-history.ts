import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { ResourceUuid } from '../../model/identity.js';
import type { HistoryEvent, StatusRecord } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';
import type { Database } from './schema.js';

/** How many writes of a resource are kept at least. */
const KEPT = 200;

/** What a write holds that changed what is seen though nothing happened. */
export const WITHOUT_EVENTS = '[]';

/** Whose a record is that only keeps its number from being drawn again. */
const NOBODY = '';

/** Whether a record of observed state leaves a row in the history. */
export function leavesRow({ events, shown }: Pick<StatusRecord, 'events' | 'shown'>): boolean {
  return events.length > 0 || shown === 'changed';
}

/** Each resource's own history, a row a write. */
export class SqlHistory {
  readonly #db: Kysely<Database>;
  readonly #add: Prepared<{ resource: string; events: string }, unknown>;
  readonly #trim: Prepared<{ resource: string; offset: number }, unknown>;
  readonly #trimSilent: Prepared<{ resource: string }, unknown>;

  constructor(connection: SqlConnection) {
    const db = connection.builder;
    this.#db = db;
    this.#add = prepare((p) =>
      db.insertInto('history').values({ resource: p.resource, events: p.events }),
    );
    this.#trimSilent = prepare((p) =>
      db
        .deleteFrom('history')
        .where('resource', '=', p.resource)
        .where('events', '=', WITHOUT_EVENTS)
        .where('n', '<', (eb) =>
          eb
            .selectFrom(
              db
                .selectFrom('history as newer')
                .select((of) => of.fn.max('newer.n').as('n'))
                .where('newer.resource', '=', p.resource)
                .as('newest'),
            )
            .select('newest.n'),
        ),
    );
    this.#trim = prepare((p) =>
      db
        .deleteFrom('history')
        .where('resource', '=', p.resource)
        .where('n', '<=', (eb) =>
          eb
            // Once more inside: MySQL refuses to look into a table it deletes from.
            .selectFrom(
              db
                .selectFrom('history as newer')
                .select('newer.n')
                .where('newer.resource', '=', p.resource)
                .orderBy('newer.n', 'desc')
                .limit(1)
                .offset(p.offset)
                .as('oldest'),
            )
            .select('oldest.n'),
        ),
    );
  }

  /** Adds the events of one write. */
  async add(queries: Queries, uuid: ResourceUuid, events: readonly HistoryEvent[]): Promise<void> {
    await queries.run(this.#add({ resource: uuid, events: JSON.stringify(events) }));
  }

  /** Forgets all of these resources, but that the greatest number was drawn: SQLite counts on from what is there. */
  async forget(
    queries: Queries,
    gone: SelectQueryBuilder<Database, 'resource', { uuid: string }>,
  ): Promise<void> {
    const db = this.#db;
    await queries.run(
      db
        .deleteFrom('history')
        .where((eb) => eb.or([eb('resource', 'in', gone), eb('resource', '=', NOBODY)]))
        .where('n', '<', (eb) =>
          eb
            .selectFrom(
              db
                .selectFrom('history as every')
                .select((of) => of.fn.max('every.n').as('n'))
                .as('newest'),
            )
            .select('newest.n'),
        )
        .compile(),
    );
    await queries.run(
      db
        .updateTable('history')
        .set({ resource: NOBODY, events: WITHOUT_EVENTS })
        .where('resource', 'in', gone)
        .compile(),
    );
  }

  /** Forgets what is older than the last {@link KEPT} writes, and of those without events all but the last write. */
  async trim(queries: Queries, uuid: ResourceUuid): Promise<void> {
    await queries.run(this.#trimSilent({ resource: uuid }));
    await queries.run(this.#trim({ resource: uuid, offset: KEPT }));
  }
}
