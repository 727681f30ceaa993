import {
  DatabaseSync as BareDatabaseSync,
  type DatabaseSyncInstance,
  type StatementSyncInstance,
} from '@photostructure/sqlite';

export * from '@photostructure/sqlite';

/** How often each SQL statement was run, by its text. */
export const statements: Map<string, number> = new Map();

/** The database class, with every statement it runs counted. Stands in for the bare one by {@link ./count-sql.ts}. */
export const DatabaseSync: typeof BareDatabaseSync = new Proxy(BareDatabaseSync, {
  construct: (bare, parameters) => counted(Reflect.construct(bare, parameters)),
});

// The native methods can be neither replaced nor inherited, but each object can have its own in front of them.
function counted(database: DatabaseSyncInstance): DatabaseSyncInstance {
  const prepare = database.prepare.bind(database);
  const exec = database.exec.bind(database);
  Object.defineProperty(database, 'prepare', {
    value: (sql: string) => countedStatement(prepare(sql), sql),
  });
  Object.defineProperty(database, 'exec', {
    value: (sql: string) => {
      count(sql);
      exec(sql);
    },
  });
  return database;
}

function countedStatement(statement: StatementSyncInstance, sql: string): StatementSyncInstance {
  for (const name of ['all', 'get', 'run'] as const) {
    const run: (...parameters: unknown[]) => unknown = statement[name].bind(statement);
    const value = (...parameters: unknown[]): unknown => {
      count(sql);
      return run(...parameters);
    };
    Object.defineProperty(statement, name, { value });
  }
  return statement;
}

function count(sql: string): void {
  statements.set(sql, (statements.get(sql) ?? 0) + 1);
}
