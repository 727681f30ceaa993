import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PortUnavailable, type Store } from '@gdcloud/core';
import { CompiledQuery } from 'kysely';
import t from 'tap';
import { SqliteConnection } from '../../../dist/adapters/sqlite/sqlite-connection.js';
import { NewerSchema } from '../../../dist/adapters/store/migrations.js';
import { sqlStore } from '../../../dist/adapters/store/sql-store.js';
import { uuid } from '../../support/resources.js';
import { turns } from '../../support/turns.js';

const MAKE = CompiledQuery.raw('create table thing (n integer primary key, what text not null)');
const COUNT = CompiledQuery.raw('select count(*) as count from thing');

function put(n: number, what: string | null = 'x'): CompiledQuery {
  return CompiledQuery.raw('insert into thing (n, what) values (?, ?)', [n, what]);
}

async function opened(t: { teardown(fn: () => Promise<void>): void }): Promise<SqliteConnection> {
  const connection = new SqliteConnection({ file: ':memory:' });
  t.teardown(() => connection.close());
  await connection.run(MAKE);
  return connection;
}

async function count(connection: SqliteConnection): Promise<number> {
  const { rows } = await connection.run(COUNT as CompiledQuery<{ count: number }>);
  return rows[0]?.count ?? -1;
}

function insertOf(store: Store, n: number): Promise<unknown> {
  return store.insert({
    uuid: uuid(n),
    type: 'gadget',
    account: uuid(0xacc),
    name: null,
    description: null,
    data: {},
    spec: { blob: 'x'.repeat(n === 0 ? 0 : 2_000) },
    naturalKey: null,
    visibleToAll: 'no',
    references: [],
    created: n,
    event: { at: n, what: 'requested', why: 'a test', result: 'create' },
  });
}

async function refused(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return false;
  } catch {
    return true;
  }
}

t.test('units of one turn share a transaction', async (t) => {
  const connection = await opened(t);
  const inside: boolean[] = [];
  const changes = CompiledQuery.raw('select total_changes() as n');
  const units = [1, 2, 3].map((n) =>
    connection.write(async (queries) => {
      await queries.run(put(n));
      // A transaction inside of one is refused: so this is one already.
      inside.push(await refused(async () => queries.run(CompiledQuery.raw('begin'))));
      return queries.run(changes);
    }),
  );
  t.equal(inside.length, 0, 'nothing has run yet');
  await Promise.all(units);
  t.same(inside, [true, true, true]);
  t.equal(await count(connection), 3);
});

t.test('nothing is acknowledged before all of its transaction is durable', async (t) => {
  const connection = await opened(t);
  const order: string[] = [];
  const first = connection.write(async (queries) => {
    await queries.run(put(1));
    order.push('first ran');
  });
  const second = connection.write(async (queries) => {
    await queries.run(put(2));
    order.push('second ran');
  });
  await Promise.all([
    first.then(() => order.push('first acknowledged')),
    second.then(() => order.push('second acknowledged')),
  ]);
  t.same(order, ['first ran', 'second ran', 'first acknowledged', 'second acknowledged']);
});

t.test('a unit that fails leaves nothing and does not touch the others', async (t) => {
  const connection = await opened(t);
  const results = await Promise.allSettled([
    connection.write((queries) => queries.run(put(1))),
    connection.write(async (queries) => {
      await queries.run(put(2));
      throw new Error('changed my mind');
    }),
    connection.write(async (queries) => {
      await queries.run(put(3));
      await queries.run(put(3));
    }),
    connection.write((queries) => queries.run(put(4))),
  ]);
  t.same(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
  t.match(results[1], { reason: { message: 'changed my mind' } });
  t.notOk(
    (results[2] as PromiseRejectedResult).reason instanceof PortUnavailable,
    'a broken rule is no absence of the database',
  );
  t.equal(await count(connection), 2);
});

t.test('what is read is what is durable', async (t) => {
  const connection = await opened(t);
  const write = connection.write(async (queries) => {
    await queries.run(put(1));
    await turns(3);
    throw new Error('rolled back');
  });
  const failed = t.rejects(write, { message: 'rolled back' });
  await turns(1);
  t.equal(await count(connection), 0, 'a read waits for the transaction that is under way');
  await failed;
});

t.test('units that come during a commit are in the next one', async (t) => {
  const connection = await opened(t);
  let late: Promise<unknown> | undefined;
  await connection.write(async (queries) => {
    late = connection.write((more) => more.run(put(2)));
    await queries.run(put(1));
  });
  await late;
  t.equal(await count(connection), 2);
});

t.test('a unit’s answer is the answer of its promise', async (t) => {
  const connection = await opened(t);
  t.equal(await connection.write(() => Promise.resolve(42)), 42);
  t.equal(await connection.write(() => Promise.resolve(undefined)), undefined);
});

t.test('the builder’s own connection runs queries too', async (t) => {
  const connection = await opened(t);
  await connection.builder.transaction().execute(async (transaction) => {
    await transaction.executeQuery(put(1));
  });
  const undone = connection.builder.transaction().execute(async (transaction) => {
    await transaction.executeQuery(put(2));
    throw new Error('no');
  });
  await t.rejects(undone, { message: 'no' });
  t.equal(await count(connection), 1);
  await connection.builder.destroy();
});

t.test('an answer is never streamed', async (t) => {
  const connection = await opened(t);
  const stream = connection.builder.selectFrom('resource').selectAll().stream();
  await t.rejects(async () => {
    for await (const _row of stream) t.fail('a row came');
  }, /read whole/);
});

t.test('a second process on the same file is refused, and the first works on', async (t) => {
  const file = join(t.testdir(), 'gdcloud.db');
  const first = new SqliteConnection({ file });
  await first.run(MAKE);
  const second = new SqliteConnection({ file });
  await t.rejects(second.run(COUNT), {
    name: 'PortUnavailable',
    port: 'store',
    message: 'the database is in use by another process',
  });
  const other = `
    import { SqliteConnection } from ${JSON.stringify(new URL('../../../dist/adapters/sqlite/sqlite-connection.js', import.meta.url).href)};
    try {
      await new SqliteConnection({ file: ${JSON.stringify(file)} }).run({ sql: 'select 1', parameters: [] });
      console.log('opened');
    } catch (thrown) {
      console.log(thrown.message);
    }`;
  const ask = (): string =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', other], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    }).trim();
  t.equal(ask(), 'the database is in use by another process');
  await first.write((queries) => queries.run(put(1)));
  t.equal(await count(first), 1);
});

t.test('a file that was closed is free for the next process', async (t) => {
  const file = join(t.testdir(), 'gdcloud.db');
  const first = new SqliteConnection({ file });
  await first.run(MAKE);
  await first.write((queries) => queries.run(put(1)));
  await first.close();
  const second = new SqliteConnection({ file });
  t.teardown(() => second.close());
  t.equal(await count(second), 1);
});

t.test('a file that is opened again has everything that was acknowledged', async (t) => {
  const file = join(t.testdir(), 'gdcloud.db');
  const first = sqlStore(new SqliteConnection({ file }));
  await first.migrate();
  for (let n = 1; n <= 5; n += 1) await insertOf(first, n);
  await first.allocate('mac', uuid(1), ['a']);
  const before = await first.get(uuid(3));
  const run = await first.nextIncarnation();
  await first.close();
  const second = sqlStore(new SqliteConnection({ file }));
  t.teardown(() => second.close());
  await second.migrate();
  t.same(await second.get(uuid(3)), before);
  t.same(await second.allocated('mac'), ['a']);
  t.ok((await second.nextIncarnation()) > run);
});

t.test('a process that is killed loses nothing it has acknowledged', async (t) => {
  const file = join(t.testdir(), 'gdcloud.db');
  const href = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const writer = `
    import { SqliteConnection } from ${href('../../../dist/adapters/sqlite/sqlite-connection.js')};
    import { sqlStore } from ${href('../../../dist/adapters/store/sql-store.js')};
    const store = sqlStore(new SqliteConnection({ file: ${JSON.stringify(file)} }));
    await store.migrate();
    for (let n = 0; n < 20; n += 1) console.log(await store.allocate('pool', 'owner' + n, ['item' + n]));
    process.kill(process.pid, 'SIGKILL');`;
  let said = '';
  try {
    execFileSync(process.execPath, ['--input-type=module', '--eval', writer], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
  } catch (thrown) {
    said = (thrown as { readonly stdout: string }).stdout;
  }
  const store = sqlStore(new SqliteConnection({ file }));
  t.teardown(() => store.close());
  await store.migrate();
  t.same((await store.allocated('pool')).toSorted(), said.trim().split('\n').toSorted());
  t.equal((await store.allocated('pool')).length, 20);
});

t.test(
  'a database that a later release wrote is served if that says it may be, else refused',
  async (t) => {
    const connection = new SqliteConnection({ file: ':memory:' });
    const store = sqlStore(connection);
    t.teardown(() => store.close());
    await store.migrate();
    const run = (statement: string) => connection.run(CompiledQuery.raw(statement));
    t.same(
      (await run('select version from schema_compatible_since')).rows,
      [{ version: '0010-sealed-texts' }],
      'releases that would take what is sealed for texts are refused',
    );
    await run(`insert into schema_version (name, timestamp) values ('9998-adds-only', '2099')`);
    await t.resolves(store.migrate());
    await run(
      `insert into schema_version (name, timestamp) values ('9999-from-the-future', '2099')`,
    );
    await run(`update schema_compatible_since set version = '9999-from-the-future'`);
    await t.rejects(store.migrate(), {
      name: 'NewerSchema',
      message: /schema version 9999-from-the-future, .* up to 0010-sealed-texts/,
    });
    await run('drop table schema_compatible_since');
    await t.rejects(
      store.migrate(),
      { name: 'NewerSchema' },
      'one that does not say is not trusted',
    );
    t.match(new NewerSchema('b', 'a').remedy, /later one/);
  },
);

t.test(
  'a folder that is not there, and a file that is no database, are told with a remedy',
  async (t) => {
    const dir = t.testdir();
    const missing = new SqliteConnection({ file: join(dir, 'nowhere', 'gdcloud.db') });
    await t.rejects(missing.run(COUNT), { name: 'PortUnavailable', message: /can’t be opened/ });
    mkdirSync(join(dir, 'nowhere'));
    await t.resolves(missing.run(MAKE), 'it works as soon as the folder is there');
    await missing.close();

    const file = join(dir, 'text.db');
    writeFileSync(
      file,
      'this is not a database, but a text that is long enough to be one. '.repeat(40),
    );
    const text = new SqliteConnection({ file });
    await t.rejects(text.run(COUNT), { name: 'PortUnavailable', message: /not a database/ });
    t.match(readFileSync(file, 'utf8'), /^this is not/, 'and it is not touched');
    await text.close();
  },
);

t.test('closing may be done at any time, any number of times', async (t) => {
  const never = new SqliteConnection({ file: ':memory:' });
  await t.resolves(never.close());
  const connection = new SqliteConnection({ file: ':memory:' });
  await connection.run(MAKE);
  await connection.close();
  await t.resolves(connection.close());
});

t.test('what was closed stays closed', async (t) => {
  const file = join(t.testdir(), 'gdcloud.db');
  const connection = new SqliteConnection({ file });
  await connection.run(MAKE);
  await connection.close();
  t.teardown(() => connection.close());
  await t.rejects(connection.run(COUNT), { name: 'PortUnavailable' });
  await t.rejects(
    connection.write((queries) => queries.run(put(1))),
    { name: 'PortUnavailable' },
  );
});

t.test(
  'a full disk refuses what does not fit and loses nothing else',
  { skip: cantMount() },
  async (t) => {
    await onSmallDisk(t, 'size=1m', async (folder) => {
      const store = sqlStore(new SqliteConnection({ file: join(folder, 'gdcloud.db') }));
      await store.migrate();
      let fitted = 0;
      const next = (): Promise<boolean> =>
        refused(async () => {
          await insertOf(store, fitted + 1);
          fitted += 1;
        });
      while (!(await next())) if (fitted > 2_000) throw new Error('the disk is never full');
      await t.rejects(insertOf(store, fitted + 1), {
        name: 'PortUnavailable',
        message: /full/,
        remedy: /Free some space/,
      });
      t.ok(await store.get(uuid(1)), 'reading still works');
      execFileSync('mount', ['-o', 'remount,size=8m', folder]);
      t.equal(await next(), false, 'and writing again once there is room');
      t.ok(await store.get(uuid(fitted)));
      await store.close();
    });
  },
);

t.test(
  'a read-only disk is told with a remedy, and used once it is writable',
  { skip: cantMount() },
  async (t) => {
    await onSmallDisk(t, 'size=8m', async (folder) => {
      const file = join(folder, 'gdcloud.db');
      const first = sqlStore(new SqliteConnection({ file }));
      await first.migrate();
      await insertOf(first, 1);
      await first.close();
      // Prepared statements of a closed database may hold the file open for a while, which keeps it from being remounted.
      execFileSync('mount', ['--bind', folder, folder]);
      execFileSync('mount', ['-o', 'remount,ro,bind', folder]);
      t.teardown(() => execFileSync('umount', ['--lazy', folder]));
      const second = sqlStore(new SqliteConnection({ file }));
      await t.rejects(second.migrate(), { name: 'PortUnavailable', remedy: /writable/ });
      execFileSync('mount', ['-o', 'remount,rw,bind', folder]);
      await second.migrate();
      t.ok(await second.get(uuid(1)));
      await second.close();
    });
  },
);

/** Runs `use` on a file system of its own, as small as a test wants it. */
async function onSmallDisk(
  t: { teardown(fn: () => void): void },
  options: string,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gdcloud-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'gdcloud-test', folder]);
  t.teardown(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  });
  await use(folder);
}

function cantMount(): string | false {
  if (process.getuid?.() === 0 || process.env['CI'] === 'true') return false;
  return 'mounting a file system of its own needs root';
}
