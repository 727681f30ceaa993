import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { asFence, PortUnavailable, type StatusRecord, type Store } from '@gdcloud/core';
import type { Service } from '@gdcloud/services';
import { CompiledQuery } from 'kysely';
import t, { type Test as Tap } from 'tap';
import type { SqlConnection } from '../../../dist/adapters/store/connection.js';
import { gadgetDraft } from '../../support/gadget-draft.js';
import { uuid } from '../../support/resources.js';
import { nothingIsMissed } from './feed-contract.js';
import { meeting } from './standing-contract.js';

/** A database server, and what connects to it as a process of its own would. */
export interface ServerSubject {
  readonly name: string;
  start(): Promise<Service & { createDatabase(name: string): string }>;
  connect(url: string, statementTimeoutMs?: number): SqlConnection;
  storeOf(connection: SqlConnection): Store;
}

const FIRST = asFence('00000001.000000000001');
const SECOND = asFence('00000001.000000000002');

function record(changes: Partial<StatusRecord> = {}): StatusRecord {
  return {
    status: {},
    conditions: [],
    parts: {},
    observedGeneration: 1,
    attemptedGeneration: 1,
    outcome: 'done',
    nextAttemptAt: null,
    attempts: 0,
    lastErrorCode: null,
    lastErrorMessage: null,
    removed: null,
    events: [],
    ...changes,
  };
}

/** What a store on a server promises when servers fail and processes meet. */
export function serverContract(subject: ServerSubject): void {
  t.setTimeout(600_000);
  void t.test(subject.name, (all) => promises(all, subject));
}

async function promises(all: Tap, subject: ServerSubject): Promise<void> {
  all.setTimeout(600_000);
  const server = await subject.start();
  all.teardown(() => server.close());
  const connections: SqlConnection[] = [];
  all.teardown(() => Promise.all(connections.map((each) => each.close())));
  const open = (url = server.url, statementTimeoutMs?: number): [Store, SqlConnection] => {
    const connection = subject.connect(url, statementTimeoutMs);
    connections.push(connection);
    return [subject.storeOf(connection), connection];
  };
  const test = (what: string, run: (t: Tap) => Promise<void>): Promise<unknown> =>
    all.test(what, async (t) => run(t));

  await test('processes that migrate at once end with one schema, made once', async (t) => {
    const url = server.createDatabase('migrated');
    await Promise.all(Array.from({ length: 4 }, () => open(url)[0].migrate()));
    t.ok((await open(url)[0].insert(gadgetDraft(1))).inserted);
  });

  const [left, connection] = open();
  const [right] = open();
  await left.migrate();
  const pairs = Array.from({ length: 20 }, (_, n) => n);

  await test('of two processes that insert one natural key, one does, and both learn which', async (t) => {
    for (const n of pairs) {
      const naturalKey = `key ${n}`;
      const both = await Promise.all([
        left.insert(gadgetDraft(1_000 + n, { naturalKey })),
        right.insert(gadgetDraft(2_000 + n, { naturalKey })),
      ]);
      t.equal(both.filter(({ inserted }) => inserted).length, 1);
      t.equal(both[0].resource.uuid, both[1].resource.uuid);
    }
  });

  await test('of a resource that one process asks to leave and another names, one gets its way', async (t) => {
    const met = await Promise.all(pairs.map((n) => meeting(left, right, n)));
    for (const each of met) {
      t.equal(each.named, each.referrers);
      t.not(
        each.left,
        each.named > 0,
        `${each.left ? 'it leaves' : 'it stays'}, ${each.named} name it`,
      );
    }
  });

  await test('two processes never charge more than the limit, and ids are drawn once', async (t) => {
    const charges = [{ holder: uuid(0xacc), className: 'things', amount: 1, limit: 7 }];
    const all = await Promise.allSettled(
      pairs.map((n) => (n % 2 === 0 ? left : right).insert(gadgetDraft(3_000 + n, { charges }))),
    );
    const made = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    t.equal(made.length, 7);
    t.equal(new Set(made.map(({ resource }) => resource.id)).size, 7);
    t.same((await left.capacities('things')).get(uuid(0xacc)), { total: 7, used: 7 });
  });

  await test('two processes never give an item twice, nor an owner two', async (t) => {
    const items = pairs.slice(0, 15).map((n) => `item ${n}`);
    const got = await Promise.all(
      pairs.map((n) => (n % 2 === 0 ? left : right).allocate('pool', uuid(4_000 + n), items)),
    );
    const held = got.filter((item) => item !== undefined);
    t.equal(new Set(held).size, 15);
    t.equal(held.length, 15);
    const again = await Promise.all(
      pairs.map((n) => (n % 2 === 0 ? left : right).allocate('one', uuid(4_000), items)),
    );
    t.equal(new Set(again).size, 1);
  });

  await test('one owner that is charged by two processes is charged once', async (t) => {
    const host = uuid(0x405);
    await left.setCapacity(host, 'memory', 1_000);
    await Promise.all(
      pairs.map((n) => (n % 2 === 0 ? left : right).claimCapacity(uuid(4_900), host, 'memory', 10)),
    );
    t.same((await left.capacities('memory')).get(host), { total: 1_000, used: 10 });
    await Promise.all(
      [left, right, left].map((each) => each.releaseCapacity(uuid(4_900), 'memory')),
    );
    t.same((await left.capacities('memory')).get(host), { total: 1_000, used: 0 });
  });

  await test('who was replaced writes nothing any more', async (t) => {
    for (const n of pairs) {
      await left.insert(gadgetDraft(5_000 + n));
      await left.claim(uuid(5_000 + n), FIRST);
      const [claimed, written] = await Promise.all([
        right.claim(uuid(5_000 + n), SECOND),
        left.record(uuid(5_000 + n), FIRST, 0, record({ status: { by: 'left' } })),
      ]);
      t.equal(claimed?.fence, SECOND);
      t.equal(
        claimed?.statusVersion,
        written === undefined ? 0 : 1,
        'before the claim, or not at all',
      );
      t.equal(await left.record(uuid(5_000 + n), FIRST, 1, record()), undefined);
    }
  });

  await test('what is asked for a resource while it goes is not held by its tombstone', async (t) => {
    const host = uuid(0x406);
    await left.setCapacity(host, 'disk', 1_000);
    for (const n of pairs) {
      const owner = uuid(6_000 + n);
      await left.insert(gadgetDraft(6_000 + n));
      await left.claim(owner, FIRST);
      await Promise.all([
        right.allocate('late', owner, [`item ${n}`]),
        right.claimCapacity(owner, host, 'disk', 5),
        left.record(owner, FIRST, 0, record({ removed: 9 })),
      ]);
    }
    t.same(await left.allocated('late'), []);
    t.same((await left.capacities('disk')).get(host), { total: 1_000, used: 0 });
  });

  await test('a record turns up late when its unit ends late, at the number it has drawn', async (t) => {
    const [left, connection] = open();
    await left.migrate();
    await left.insert(gadgetDraft(700));
    const [before = 0] = await left.newestChanges(1);
    const row = connection.builder
      .insertInto('history')
      .values({ resource: uuid(700), events: '[]' })
      .compile();
    let end = (): void => undefined;
    const go = new Promise<void>((resolve) => (end = resolve));
    let late = Promise.resolve();
    await new Promise<void>((drawn, failed) => {
      late = connection.write(async (queries) => {
        await queries.run(row);
        drawn();
        await go;
      });
      late.catch(failed);
    });
    const [right] = open();
    await right.insert(gadgetDraft(701));
    const seen = await right.changes({ after: before, missing: [], limit: 10 });
    t.same(
      seen.map(({ resource }) => resource),
      [uuid(701)],
    );
    const [{ number } = { number: 0 }] = seen;
    t.equal(number, before + 2, 'and its number says that one is missing');
    end();
    await late;
    const missing = [{ first: before + 1, last: number - 1 }];
    t.match(await right.changes({ after: number, missing, limit: 10 }), [
      { number: before + 1, resource: uuid(700), events: [] },
    ]);
  });

  await test('clients that lose their connections hear of all that many write, from whichever process', async (t) => {
    const url = server.createDatabase('fed');
    await open(url)[0].migrate();
    await nothingIsMissed(t, () => open(url)[0]);
  });

  await test('units that deadlock are run again until both are through', async (t) => {
    await left.setCapacity(uuid(0x407), 'one', 0);
    await left.setCapacity(uuid(0x407), 'two', 0);
    let tries = 0;
    const unit = (first: string, second: string) =>
      connection.write(async (queries) => {
        tries += 1;
        const add = (name: string) =>
          queries.run(
            CompiledQuery.raw(`update capacity set used = used + 1 where class = '${name}'`),
          );
        await add(first);
        await pause(50);
        await add(second);
      });
    await Promise.all([unit('one', 'two'), unit('two', 'one')]);
    t.ok(tries > 2, `${tries} tries`);
    for (const each of ['one', 'two'])
      t.equal((await left.capacities(each)).get(uuid(0x407))?.used, 2);
  });

  await test('a server that stands still is given up in time, and used again when it goes on', async (t) => {
    const [hasty] = open(server.url, 300);
    await hasty.get(uuid(1));
    server.pause();
    try {
      // A thread of the server may still answer after the process was told to stop.
      await t.rejects(
        (async () => {
          for (;;) await hasty.get(uuid(1));
        })(),
        { name: 'PortUnavailable', message: /in time/ },
      );
      await t.rejects(hasty.wake(uuid(1), 5), { name: 'PortUnavailable' });
    } finally {
      server.resume();
    }
    await answers(hasty);
    t.pass();
  });

  await test('a server that dies under load is told with a remedy, and work goes on when it is back', async (t) => {
    const acknowledged = new Set<number>();
    const failures: unknown[] = [];
    let n = 7_000;
    let going: 'yes' | 'no' = 'yes';
    const workers = Array.from({ length: 16 }, async () => {
      while (going === 'yes') {
        n += 1;
        const mine = n;
        try {
          await left.insert(gadgetDraft(mine));
          await left.claim(uuid(mine), FIRST);
          await left.record(uuid(mine), FIRST, 0, record());
          acknowledged.add(mine);
        } catch (thrown) {
          failures.push(thrown);
          await pause(20);
        }
      }
    });
    while (acknowledged.size < 50) await pause(5);
    await server.kill();
    while (failures.length < 50) await pause(5);
    await server.start();
    const before = acknowledged.size;
    while (acknowledged.size < before + 50) await pause(5);
    going = 'no';
    await Promise.all(workers);
    t.ok(failures.every((each) => each instanceof PortUnavailable));
    t.notMatch(inspect(failures, { depth: 8 }), /s3cret/);
    for (const each of acknowledged)
      if ((await left.get(uuid(each)))?.statusVersion !== 1) t.fail(`${each} is lost`);
  });

  await test('what can’t be reached, or has another name, says so without its password', async (t) => {
    const at = new URL(server.url);
    at.password = 's3cret';
    at.pathname = '/nowhere';
    const wrong: string[] = [at.href];
    at.port = '1';
    wrong.push(at.href);
    for (const url of wrong) {
      const [store] = open(url);
      const thrown: unknown = await store.get(uuid(1)).catch((error: unknown) => error);
      t.ok(thrown instanceof PortUnavailable);
      t.notMatch(inspect(thrown, { depth: 8 }), /s3cret/);
    }
    let told = '';
    try {
      subject.connect('nonsense://a:s3cret@b/c');
    } catch (thrown) {
      told = inspect(thrown);
    }
    t.match(told, /is not like/);
    t.notMatch(told.split('\n')[0], /s3cret/);
  });
}

async function answers(store: Store): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await store.get(uuid(1));
      return;
    } catch (thrown) {
      if (attempt === 200) throw thrown;
      await pause(50);
    }
  }
}
