import { sql } from 'kysely';
import type { SqlFlavour, ValueFlavour } from '../store/flavour.js';
import { type MigrationSteps, migrationSteps } from '../store/migrations.js';
import { createMysqlTables, indexMysqlResource } from './mysql-tables.js';

const values: ValueFlavour = {
  ofDocument: (document, field, kind) => {
    const value = sql`json_extract(${sql.ref(document)}, ${sql.lit(`$.${field}`)})`;
    const type = sql`json_type(${value})`;
    switch (kind) {
      case 'text':
        // As bytes, which stand in the order of their code points, and end where they end.
        return sql`cast(case when ${type} <> 'NULL' then json_unquote(${value}) end as binary)`;
      case 'number':
        return sql`(case when ${type} in ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') then json_unquote(${value}) + 0e0 end)`;
      case 'boolean':
        return sql`(case when ${type} = 'BOOLEAN' then json_unquote(${value}) = 'true' end)`;
    }
  },
  ofColumn: (column) => sql.ref(column),
  like: (left, pattern) => {
    // Only letters of the pattern can make a difference, and only ASCII ones have a case here.
    const small = pattern.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
    let text = sql`convert(${left} using utf8mb4) collate utf8mb4_bin`;
    for (const letter of new Set(small.match(/[a-z]/g) ?? []))
      text = sql`replace(${text}, ${sql.lit(letter.toUpperCase())}, ${sql.lit(letter)})`;
    return sql`${text} like ${small} escape '|'`;
  },
};

/** MariaDB and MySQL: others write at the same time, under READ COMMITTED, and a write does not answer with rows. */
export const MYSQL: SqlFlavour = {
  writers: 'many',
  returning: 'no',
  // The old form, which both of them know.
  shareLock: 'lock in share mode',
  updateLock: 'for update',
  stayLock: 'lock in share mode',
  skipExisting: (insert) => insert,
  answering: (removal) => removal.$castTo(),
  countUp: (db, p) =>
    db
      .insertInto('sequence')
      .values({ name: p.name, last: p.count })
      .onDuplicateKeyUpdate((eb) => ({ last: eb('last', '+', p.count) }))
      .$castTo<{ last: number }>(),
  setTotal: (db, p) =>
    db
      .insertInto('capacity')
      .values({ holder: p.holder, class: p.class, total: p.total, used: 0 })
      .onDuplicateKeyUpdate({ total: p.total }),
  changed: (list) => list.where(sql.ref('changed'), 'is not', null).orderBy(sql.ref('changed')),
  values,
};

/** The tables in MySQL's words. */
export const MYSQL_MIGRATIONS: MigrationSteps = migrationSteps({
  create: createMysqlTables,
  partialIndexes: 'no',
  token: sql`varchar(64) character set ascii collate ascii_bin`,
  clustered: sql``,
  index: indexMysqlResource,
});
