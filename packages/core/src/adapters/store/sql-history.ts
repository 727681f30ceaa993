import type { ResourceUuid } from '../../model/identity.js';
import type { HistoryEvent } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';

/** How many writes of a resource are kept at least; each holds one event or more. */
const KEPT = 200;

/** Each resource's own history, a row a write. */
export class SqlHistory {
  readonly #add: Prepared<{ resource: string; events: string }, unknown>;
  readonly #trim: Prepared<{ resource: string; offset: number }, unknown>;

  constructor(connection: SqlConnection) {
    const db = connection.builder;
    this.#add = prepare((p) =>
      db.insertInto('history').values({ resource: p.resource, events: p.events }),
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
    if (events.length > 0)
      await queries.run(this.#add({ resource: uuid, events: JSON.stringify(events) }));
  }

  /** Forgets what is older than the last {@link KEPT} writes. */
  async trim(queries: Queries, uuid: ResourceUuid): Promise<void> {
    await queries.run(this.#trim({ resource: uuid, offset: KEPT }));
  }
}
