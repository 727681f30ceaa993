import { randomUUID } from 'node:crypto';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

type Row = Record<string, string | number | null>;

/**
 * What the machine needs at least: how many times a second the rows of one server are put into our own tables, with all
 * their indexes, a transaction each, synced to the disk, with nothing around it. `file` has a server already, of which
 * these are copies.
 */
export function rawCommits(file: string, count: number): number {
  const database = new DatabaseSync(file);
  try {
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    const of = "(select uuid from resource where type = 'virtualmachine' order by uuid limit 1)";
    const [resource] = rowsOf(database, `select * from resource where uuid = ${of}`);
    const references = rowsOf(database, `select * from reference where source = ${of}`);
    const [history] = rowsOf(
      database,
      `select * from history where resource = ${of} order by n limit 1`,
    );
    if (resource === undefined || history === undefined)
      throw new Error('there is no server to copy');
    const { n: _n, ...event } = history;
    const insert = {
      resource: inserter(database, 'resource', resource),
      reference: inserter(database, 'reference', references[0] ?? {}),
      history: inserter(database, 'history', event),
    };
    const draw = database.prepare(
      "update sequence set last = last + 1 where name = 'virtualmachine'",
    );
    const began = performance.now();
    for (let n = 0; n < count; n += 1) {
      const uuid = randomUUID();
      database.exec('begin immediate');
      draw.run();
      insert.resource({ ...resource, uuid, id: `raw-${n}` });
      for (const reference of references) insert.reference({ ...reference, source: uuid });
      insert.history({ ...event, resource: uuid });
      database.exec('commit');
    }
    return count / ((performance.now() - began) / 1000);
  } finally {
    database.close();
  }
}

function rowsOf(database: DatabaseSyncInstance, query: string): readonly Row[] {
  return database.prepare(query).all() as readonly Row[];
}

function inserter(database: DatabaseSyncInstance, table: string, like: Row): (row: Row) => void {
  const names = Object.keys(like);
  const statement = database.prepare(
    `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
  );
  return (row) => {
    statement.run(...names.map((name) => row[name] ?? null));
  };
}
