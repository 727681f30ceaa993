import type { ResourceUuid } from '../../model/identity.js';
import type { UseRecords } from '../../ports/use-records.js';
import type { SqlConnection } from './connection.js';
import { insertNew } from './flavour.js';
import { type Prepared, prepare } from './prepared.js';
import type { CredentialUseTable } from './schema.js';

/** When keys and logins were used, in a SQL database. */
export class SqlUses implements UseRecords {
  readonly #connection: SqlConnection;
  readonly #last: Prepared<{ resource: string }, Pick<CredentialUseTable, 'at'>>;
  readonly #insert: Prepared<CredentialUseTable, unknown>;
  readonly #update: Prepared<CredentialUseTable, unknown>;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    const { builder: db, flavour } = connection;
    this.#last = prepare((p) =>
      db.selectFrom('credential_use').select('at').where('resource', '=', p.resource),
    );
    this.#insert = prepare(({ resource, at }) =>
      flavour.skipExisting(db.insertInto('credential_use').values({ resource, at })),
    );
    this.#update = prepare(({ resource, at }) =>
      db
        .updateTable('credential_use')
        .set({ at })
        .where('resource', '=', resource)
        .where('at', '<', at),
    );
  }

  noteUse(resource: ResourceUuid, at: number): Promise<void> {
    return this.#connection.write(async (queries) => {
      const use = { resource, at };
      // Nothing changed: there is none yet, or one that is as late, or an earlier one that others note at this moment.
      const { numAffectedRows } = await queries.run(this.#update(use));
      if (numAffectedRows !== 0n) return;
      if ((await insertNew(queries, this.#insert(use))) === 'there')
        await queries.run(this.#update(use));
    });
  }

  async lastUse(resource: ResourceUuid): Promise<number | undefined> {
    const [row] = (await this.#connection.run(this.#last({ resource }))).rows;
    return row === undefined ? undefined : Number(row.at);
  }
}
