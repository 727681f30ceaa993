import type { Caller, JsonObject, Resource } from '@gdcloud/core';
import { ManualClock, memoryDrivers } from '@gdcloud/core/testing';
import { CompiledQuery } from 'kysely';
import t, { type Test } from 'tap';
import { SqliteConnection } from '../../dist/adapters/sqlite/sqlite-connection.js';
import { sqlStore } from '../../dist/adapters/store/sql-store.js';
import { startCloud, type TestCloud } from '../support/cloud.js';

const MINUTE = 60_000;

interface Audited {
  readonly world: TestCloud;
  readonly ada: Caller;
  /** Changes the database behind the cloud's back. */
  sql(text: string): Promise<unknown>;
}

/** A cloud with a user whose log has eight sealed records. */
async function audited(t: Test): Promise<Audited> {
  const connection = new SqliteConnection({ file: ':memory:' });
  const store = sqlStore(connection);
  t.teardown(() => store.close());
  const world = await startCloud(t, {
    after: { store, outside: memoryDrivers(), clock: new ManualClock() },
  });
  const ada = await world.account('Ada');
  const network = await world.create('network', { ipv4Cidr: '10.0.0.0/24' }, ada);
  for (let n = 1; n <= 6; n += 1)
    await world.update('network', network.id, { name: `name ${n}` }, ada);
  await world.pass(2 * MINUTE);
  return { world, ada, sql: (text) => connection.writeOne(CompiledQuery.raw(text)) };
}

async function records(world: TestCloud, caller: Caller): Promise<readonly Resource[]> {
  const query = { filters: [], limit: 1_000 };
  return (await world.cloud.resources.list(caller, world.type('auditrecord'), query)).resources;
}

async function verify(
  { world, ada }: Pick<Audited, 'world' | 'ada'>,
  input: JsonObject = {},
): Promise<JsonObject> {
  const { resources } = world.cloud;
  const { fields } = await resources.ask(
    ada,
    world.type('account'),
    ada.accountId,
    'verifyaudit',
    input,
  );
  return fields;
}

t.test('a record says who asked what, of which resource, with which key, from where', async (t) => {
  const world = await startCloud(t);
  const key = await world.create('apikey', {});
  const asker: Caller = {
    ...world.admin,
    key: key.uuid,
    source: '192.0.2.7',
    requestId: 'r-1',
  };
  const network = await world.create('network', { ipv4Cidr: '10.0.0.0/24' }, asker);
  await world.update('network', network.id, { name: 'x' }, asker);
  await world.act('network', network.id, 'reconcile', asker);
  await world.remove('network', network.id, asker);
  const about = (await records(world, world.admin))
    .filter(({ spec }) => spec['resourceUuid'] === network.uuid)
    .map(({ spec }) => spec);
  const who = {
    resourceType: 'network',
    resourceId: network.id,
    actorId: world.admin.accountId,
    keyUuid: key.uuid,
    source: '192.0.2.7',
    requestId: 'r-1',
  };
  t.match(about, [
    { ...who, action: 'create', beforeHash: null, afterHash: /^[0-9a-f]{64}$/ },
    { ...who, action: 'update', beforeHash: about[0]?.['afterHash'] },
    { ...who, action: 'act:reconcile', beforeHash: about[1]?.['afterHash'] },
    { ...who, action: 'delete', beforeHash: about[1]?.['afterHash'], afterHash: null },
  ]);
  t.not(about[1]?.['afterHash'], about[0]?.['afterHash']);
  t.equal(about[2]?.['afterHash'], about[2]?.['beforeHash'], 'that changed nothing');
});

t.test('the key that a request was authenticated with is the one on record', async (t) => {
  const world = await startCloud(t);
  const [key] = (
    await world.cloud.resources.list(world.admin, world.type('apikey'), { filters: [], limit: 1 })
  ).resources;
  t.equal(world.admin.key, key?.uuid);
});

t.test('accounts read their own records, administrators all, nobody writes any', async (t) => {
  const { world, ada } = await audited(t);
  const eve = await world.account('Eve');
  await world.update('network', '1', { name: 'by the administrator' });
  const hers = await records(world, ada);
  t.equal(hers.length, 9);
  t.match(hers.at(-1)?.spec, { actorId: world.admin.accountId }, 'what was done to what is hers');
  t.same(
    (await records(world, eve)).map(({ spec }) => spec['resourceUuid']),
    [eve.account],
  );
  t.ok((await records(world, world.admin)).length > 9);
  const type = world.type('auditrecord');
  const { resources } = world.cloud;
  const id = hers[0]?.id ?? '';
  for (const caller of [ada, world.admin]) {
    await t.rejects(resources.create(caller, type, {}), { code: 'PermissionDenied' });
    await t.rejects(resources.update(caller, type, id, { name: 'x' }), {
      code: 'PermissionDenied',
    });
    await t.rejects(resources.remove(caller, type, id), { code: 'PermissionDenied' });
    await t.rejects(resources.act(caller, type, id, 'reconcile', {}), {
      code: 'ActionNotAvailable',
    });
    t.same(resources.actions(caller, type, await resources.get(caller, type, id)), []);
  }
  await t.rejects(resources.get(eve, type, id), { code: 'NotFound' });
  t.equal((await records(world, ada)).length, 9, 'and trying is not on record');
});

t.test('what the kernel asks for by itself is not on record', async (t) => {
  const world = await startCloud(t);
  const network = await world.create('network', { ipv4Cidr: '10.0.0.0/24' });
  await world.reaches('network', network.id, 'active');
  const body = { offering: '1gb-1cpu', imageId: '1', networkId: network.id };
  const server = await world.create('virtualmachine', body);
  await world.reaches('virtualmachine', server.id, 'running');
  t.same(
    (await records(world, world.admin)).map(({ spec }) => [spec['action'], spec['resourceType']]),
    [
      ['create', 'network'],
      ['create', 'virtualmachine'],
    ],
  );
});

t.test('no secret is in it, nor a hash that tells one', async (t) => {
  const world = await startCloud(t);
  const made = await world.created('apikey', {});
  const secret = String(made.once['secretValue']);
  const [record] = await records(world, world.admin);
  const text = JSON.stringify(record);
  t.notMatch(text, secret);
  t.notMatch(text, String(made.resource.spec['secretDigest']));
});

t.test('a record is there exactly if what it tells of is', async (t) => {
  const world = await startCloud(t, { limits: { networks: 1 } });
  const ada = await world.account('Ada');
  await world.create('network', { ipv4Cidr: '10.0.0.0/24' }, ada);
  await t.rejects(world.create('network', { ipv4Cidr: '10.0.1.0/24' }, ada), {
    code: 'LimitExceeded',
  });
  await t.rejects(world.update('network', '7', { name: 'x' }, ada), { code: 'NotFound' });
  t.same(
    (await records(world, ada)).map(({ spec }) => spec['resourceType']),
    ['account', 'network'],
  );
});

t.test('records get their places, one after the other, an account a chain', async (t) => {
  const { world, ada } = await audited(t);
  const sequences = (await records(world, ada)).map(({ status }) => status['sequence']);
  t.same(sequences, [1, 2, 3, 4, 5, 6, 7, 8]);
  const root = (await records(world, world.admin)).filter(
    ({ account }) => account === world.admin.account,
  );
  t.same(
    root.map(({ status }) => status['sequence']),
    root.map((_, index) => index + 1),
  );
  t.match(
    world.lines.find(({ message }) => message === 'the audit log was sealed'),
    { level: 'info' },
  );
});

t.test('a log that nobody touched is intact, from wherever one looks', async (t) => {
  const all = await audited(t);
  const { world, ada } = all;
  const whole = await verify(all);
  t.match(whole, {
    intact: 'yes',
    fault: null,
    records: 8,
    unsealed: 0,
    complete: 'yes',
    sequence: 8,
  });
  await world.update('network', '1', { name: 'later' }, ada);
  t.match(await verify(all), { intact: 'yes', records: 9, unsealed: 1, sequence: 8 });
  await world.pass(2 * MINUTE);
  const from = { sequence: whole['sequence'] ?? 0, chainHash: whole['chainHash'] ?? '' };
  t.match(await verify(all, from), { intact: 'yes', records: 2, sequence: 9 });
  const eve = await world.account('Eve');
  t.match(await verify({ world, ada: eve }), { intact: 'yes', records: 1, sequence: 0 });
});

const WHERE = "account = (select uuid from resource where type = 'account' and name = 'Ada')";
const row = (sequence: number): string => `${WHERE} and sequence = ${sequence}`;

const TAMPERING: readonly {
  readonly what: string;
  readonly sql: readonly string[];
  readonly fault: RegExp;
}[] = [
  {
    what: 'a record is changed',
    sql: [`update audit set document = replace(document, 'update', 'delete') where ${row(3)}`],
    fault: /record 3 is not what this cloud has written/,
  },
  {
    what: 'a record is made another resource’s',
    sql: [
      `update audit set document = replace(document, '"resourceId":"1"', '"resourceId":"2"') where ${row(3)}`,
    ],
    fault: /record 3 is not as it was sealed/,
  },
  {
    what: 'a record is deleted',
    sql: [`delete from audit where ${row(3)}`],
    fault: /record 3 is missing/,
  },
  {
    what: 'the first records are deleted',
    sql: [`delete from audit where ${WHERE} and sequence <= 2`],
    fault: /records 1 to 2 are missing/,
  },
  {
    what: 'the newest records are deleted',
    sql: [`delete from audit where ${WHERE} and sequence >= 6`],
    fault: /records 6 to 8 are missing/,
  },
  {
    what: 'all records are deleted',
    sql: [`delete from audit where ${WHERE}`],
    fault: /records 1 to 8 are missing/,
  },
  {
    what: 'a record is deleted and those after it move up',
    sql: [
      `delete from audit where ${row(3)}`,
      `update audit set seal = json_set(seal, '$.sequence', sequence - 1), sequence = sequence - 1 where ${WHERE} and sequence > 3`,
    ],
    fault: /record 2 is not the one that record 3 was sealed after/,
  },
  {
    what: 'two records change places',
    sql: [
      `update audit set sequence = -3 where ${row(3)}`,
      `update audit set sequence = 3, seal = json_set(seal, '$.sequence', 3) where ${row(4)}`,
      `update audit set sequence = 4, seal = json_set(seal, '$.sequence', 4) where ${row(-3)}`,
    ],
    fault: /record 2 is not the one that record 3 was sealed after/,
  },
  {
    what: 'what two records say is exchanged',
    sql: [
      `update audit set document = (select document from audit as other where other.${row(4).replaceAll(' account', ' other.account')}) where ${row(3)}`,
    ],
    fault: /record 3 is not what this cloud has written/,
  },
  {
    what: 'a record is put in that waits for its place',
    sql: [
      `insert into audit (uuid, account, at, document, mac) select 'f0000000-0000-7000-8000-000000000000', account, at, document, mac from audit where ${row(2)}`,
    ],
    fault: /the unsealed record f0000000-.* is not what this cloud has written/,
  },
  {
    what: 'a record that waits for its place is changed',
    sql: [
      `update audit set document = replace(document, 'update', 'create'), sequence = null, seal = null where ${row(8)}`,
      `update audit_head set sequence = 7, chain_hash = (select json_extract(seal, '$.chainHash') from audit where ${row(7)}) where ${WHERE}`,
    ],
    fault: /the unsealed record .* is not what this cloud has written/,
  },
  {
    what: 'the newest are deleted and the chain is said to have got no further',
    sql: [
      `update audit_head set sequence = 5, chain_hash = 'x' where ${WHERE}`,
      `delete from audit where ${WHERE} and sequence >= 6`,
    ],
    fault: /record 5 is not the one that the chain had got to/,
  },
];

for (const { what, sql, fault } of TAMPERING) {
  t.test(`it shows when ${what}`, async (t) => {
    const all = await audited(t);
    t.match(await verify(all), { intact: 'yes' });
    for (const text of sql) await all.sql(text);
    t.match(await verify(all), { intact: 'no', fault });
  });
}

t.test('what was put in is shown also after it was sealed', async (t) => {
  const all = await audited(t);
  await all.sql(
    `insert into audit (uuid, account, at, document, mac) select 'f0000000-0000-7000-8000-000000000000', account, at, document, mac from audit where ${row(2)}`,
  );
  await all.world.pass(2 * MINUTE);
  t.match(await verify(all), {
    intact: 'no',
    fault: /record 9 is not what this cloud has written/,
  });
});

t.test('a chain that was cut and goes on shows where, even if the head was set back', async (t) => {
  const all = await audited(t);
  const noted = await verify(all);
  await all.sql(`delete from audit where ${WHERE} and sequence >= 6`);
  await all.sql(
    `update audit_head set sequence = 5, chain_hash = (select json_extract(seal, '$.chainHash') from audit where ${row(5)}) where ${WHERE}`,
  );
  t.match(await verify(all), { intact: 'yes' }, 'who rewrites all there is can’t be seen here');
  const from = { sequence: noted['sequence'] ?? 0, chainHash: noted['chainHash'] ?? '' };
  t.match(
    await verify(all, from),
    { intact: 'no', fault: /missing/ },
    'but with a place noted elsewhere',
  );
  for (const name of ['a', 'b', 'c']) await all.world.update('network', '1', { name }, all.ada);
  await all.world.pass(2 * MINUTE);
  t.match(await verify(all, from), { intact: 'no', fault: /not the one that was noted/ });
});

t.test('records are kept for as long as they are to be, and what is left is intact', async (t) => {
  const connection = new SqliteConnection({ file: ':memory:' });
  const store = sqlStore(connection);
  t.teardown(() => store.close());
  const clock = new ManualClock();
  const world = await startCloud(t, {
    after: { store, outside: memoryDrivers(), clock },
    audit: { retentionDays: 1 },
  });
  const ada = await world.account('Ada');
  const key = await world.create('apikey', {}, ada);
  for (const name of ['a', 'b', 'c']) await world.update('apikey', key.id, { name }, ada);
  const hours = async (count: number): Promise<void> => {
    // At once: what happens every few seconds is of no interest here.
    clock.advance(count * 60 * MINUTE);
    await world.pass(2 * MINUTE);
  };
  await hours(20);
  await world.update('apikey', key.id, { name: 'd' }, ada);
  await hours(5);
  t.same(
    (await records(world, ada)).map(({ status }) => status['sequence']),
    [5, 6],
    'the newest of the old ones is what the chain starts from',
  );
  t.match(await verify({ world, ada }), { intact: 'yes', records: 2, sequence: 6 });
  await t.rejects(verify({ world, ada }, { sequence: 1, chainHash: 'x' }), {
    code: 'InvalidOption',
    fieldName: 'sequence',
  });
  await connection.writeOne(CompiledQuery.raw(`delete from audit where ${row(5)}`));
  t.match(await verify({ world, ada }), { intact: 'no', fault: /records 1 to 5 are missing/ });
});

t.test('two kernels give each place once', async (t) => {
  const connection = new SqliteConnection({ file: ':memory:' });
  const store = sqlStore(connection);
  t.teardown(() => store.close());
  const after = { store, outside: memoryDrivers(), clock: new ManualClock() };
  const first = await startCloud(t, { after });
  const second = await startCloud(t, { after });
  const ada = await first.account('Ada');
  for (let n = 0; n < 20; n += 1)
    await (n % 2 === 0 ? first : second).create('apikey', { name: `${n}` }, ada);
  await first.pass(2 * MINUTE);
  t.same(
    (await records(first, ada))
      .map(({ status }) => status['sequence'])
      .toSorted((a, b) => Number(a) - Number(b)),
    Array.from({ length: 21 }, (_, index) => index + 1),
  );
  t.match(await verify({ world: second, ada }), { intact: 'yes', records: 21 });
});
