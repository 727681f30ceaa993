import { readFile } from 'node:fs/promises';
import { type AuditDraft, asId, type Draft } from '@gdcloud/core';
import { missingService, startPostgres } from '@gdcloud/services';
import { CompiledQuery } from 'kysely';
import t from 'tap';
import { PostgresConnection } from '../../../dist/adapters/postgres/postgres-connection.js';
import { postgresStore } from '../../../dist/adapters/postgres/postgres-store.js';
import { gadgetDraft } from '../../support/gadget-draft.js';
import { uuid } from '../../support/resources.js';

const OPERATIONS = new URL('../../../../../docs/operations.md', import.meta.url);
const OWNER = uuid(0xacc);
const REFUSED = /the database user may not do that/;

const draft = (n: number): Draft => gadgetDraft(n, { onRecord: { audit: audit(n) } });

function audit(n: number): AuditDraft {
  return {
    uuid: uuid(0x1000 + n),
    account: OWNER,
    mac: 'm',
    document: {
      time: n,
      action: 'create',
      resourceType: 'gadget',
      resourceId: null,
      resourceUuid: uuid(n),
      actorId: asId('1'),
      keyUuid: null,
      source: null,
      requestId: null,
      beforeHash: null,
      afterHash: 'h',
    },
  };
}

const missing = missingService('postgres');
if (missing !== undefined && process.env['CI'] !== 'true') {
  t.plan(0, missing);
} else {
  t.test(
    'with the grants of the handbook processes work, and no line can be changed',
    async (t) => {
      t.setTimeout(120_000);
      const server = await startPostgres({ settings: ['fsync = off'] });
      t.teardown(() => server.close());
      const as = (user?: string) => {
        const url = new URL(server.url);
        if (user !== undefined) url.username = user;
        const connection = new PostgresConnection({ url: url.href });
        t.teardown(() => connection.close());
        const run = (sql: string) => connection.writeOne(CompiledQuery.raw(sql));
        return { store: postgresStore(connection), run };
      };
      const owner = as();
      await owner.store.migrate();
      const { password } = new URL(server.url);
      for (const role of ['cloud_api', 'cloud_kernel'])
        await owner.run(`create role ${role} login password '${decodeURIComponent(password)}'`);
      const [, grants = ''] = /```sql\n(.*?)```/s.exec(await readFile(OPERATIONS, 'utf8')) ?? [];
      const statements = grants.split(';').filter((statement) => statement.trim() !== '');
      t.ok(statements.length >= 4, 'the handbook has them');
      for (const statement of statements) await owner.run(statement);

      const api = as('cloud_api');
      await api.store.migrate();
      for (const n of [1, 2, 3]) await api.store.insert(draft(n));
      await api.store.note({
        audit: { ...audit(4), document: { ...audit(4).document, resourceId: asId('1') } },
      });
      const head = await api.store.chainHead(OWNER);
      const seal = (sequence: number) => ({ sequence, previousHash: '', chainHash: 'c' });
      const seals = [1, 2].map((n) => ({ uuid: uuid(0x1000 + n), seal: seal(n) }));
      await t.rejects(api.store.seal(OWNER, head, seals), REFUSED);
      for (const sql of [
        "update audit set document = '{}'",
        'delete from audit',
        'truncate audit',
        'update audit_head set sequence = 0',
      ])
        await t.rejects(api.run(sql), REFUSED, `api: ${sql}`);

      const kernel = as('cloud_kernel');
      t.equal(await kernel.store.seal(OWNER, head, seals), true);
      t.equal(await kernel.store.forgetAudited(3), 1);
      for (const sql of ["update audit set document = '{}'", "update audit set mac = 'x'"])
        await t.rejects(kernel.run(sql), REFUSED, `kernel: ${sql}`);
      t.equal((await api.store.unsealed(10)).length, 2);
    },
  );
}
