import { missingService, startPostgres } from '@gdcloud/services';
import pg from 'pg';
import t from 'tap';
import { makeUsers, watchDatabase } from './database-watch.js';

const TABLE = `create table resource (uuid text primary key, generation int not null, status_version int not null,
  fence text, removed bigint, status text, live_token text)`;

t.test(
  'the watch in the database sees every write that must not be',
  {
    skip: process.env['CI'] === 'true' ? false : (missingService('postgres') ?? false),
  },
  async (t) => {
    const postgres = await startPostgres();
    t.teardown(() => postgres.close());
    const as = async (user: string, statement: string): Promise<void> => {
      const url = new URL(postgres.url);
      url.username = user;
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      await client.query(statement);
      await client.end();
    };
    await makeUsers(postgres.url, ['kernel-1', 'kernel-2']);
    await as('gdcloud', TABLE);
    const watch = await watchDatabase(postgres.url);
    const seen = async (): Promise<readonly string[]> => (await watch.read()).violations;

    await as('gdcloud', `insert into resource values ('a', 1, 0, null, null)`);
    await as('kernel-1', `update resource set fence = '1'`);
    await as('kernel-1', `update resource set status_version = 1`);
    await as('gdcloud', `update resource set generation = 2`);
    await as('kernel-2', `update resource set fence = '2'`);
    t.same(await seen(), [], 'claims and writes in their order are right');

    await as('kernel-1', `update resource set status_version = 2`);
    t.match(await seen(), [/kernel-1 wrote status 2 though kernel-2 had claimed it/]);
    await as('kernel-1', `update resource set fence = '1'`);
    t.match((await seen()).at(-1), /fence 2 of kernel-2 became 1 of kernel-1/);
    await as('kernel-1', `update resource set status_version = 1`);
    t.match((await seen()).at(-1), /status version 2 became 1/);
    await as('gdcloud', `update resource set generation = 1`);
    t.match((await seen()).at(-1), /generation 2 became 1/);
  },
);
