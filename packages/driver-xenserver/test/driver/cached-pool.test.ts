import { asFence, asUuid, type DriverCall, type ResourceUuid } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import {
  type Connect,
  createXenserverDriver,
  type XenserverDriver,
} from '@gdcloud/driver-xenserver';
import { type SimulatedPool, simulatedPool } from '@gdcloud/driver-xenserver/simulator';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { call, keyOf, present, serverOn } from '../cloud.js';
import { seededRandom } from '../pool-in-process.js';

// A busy machine takes its time.
t.setTimeout(300_000);

const UUID = '018f0000-0000-7000-8000-000000000001';
const VOLUME = asUuid('018f0000-0000-7000-8000-00000000000a');
const NETWORK = asUuid('018f0000-0000-7000-8000-00000000000b');

interface Watched {
  readonly clock: ManualClock;
  readonly pool: SimulatedPool;
  readonly driver: XenserverDriver;
  readonly host: string;
  /** Calls over the wire so far, without those that wait for events. */
  readonly calls: string[];
  /** Servers that the watch told of. */
  readonly told: ResourceUuid[];
  /** Changes what the pool answers to a method. */
  spoil(method: string, change: (answer: string) => string | Promise<string>): void;
  mend(): void;
  /** Lets what can go on without time go on, and so much time pass. */
  settle(ms?: number): Promise<void>;
}

/** A pool with a driver that follows its events. */
async function watchPool(t: Test, eventDelayMs = 1, asOf = 'latest'): Promise<Watched> {
  const clock = new ManualClock();
  const pool = simulatedPool({ clock, random: seededRandom(1), eventDelayMs, asOf });
  const calls: string[] = [];
  const spoilers = new Map<string, (answer: string) => string | Promise<string>>();
  const connect: Connect = (url) => {
    const wire = pool.connect(url);
    return {
      origin: wire.origin,
      post: async (body, exchange) => {
        const method = /"method":"([^"]*)"|<methodName>([^<]*)/.exec(body)?.slice(1).join('') ?? '';
        if (method !== 'event.from') calls.push(method);
        const spoil = spoilers.get(method) ?? ((answer) => answer);
        return spoil(await wire.post(body, exchange));
      },
      close: () => wire.close(),
    };
  };
  const driver = createXenserverDriver(
    {
      url: pool.url,
      username: pool.username,
      password: pool.password,
      deployment: 'test',
    },
    { clock, connect },
  );
  const stop = new AbortController();
  const told: ResourceUuid[] = [];
  const watching = driver.watch((uuid) => told.push(uuid), { signal: stop.signal });
  t.teardown(async () => {
    stop.abort();
    await clock.until(watching);
    pool.close();
  });
  const settle = (ms = 100): Promise<void> => clock.until(clock.wait(ms));
  await settle();
  const host = String(pool.rows.list('host')[0]?.record['uuid']);
  furnish(pool);
  await settle();
  return {
    clock,
    pool,
    driver,
    host,
    calls,
    told,
    settle,
    spoil: (method, change) => spoilers.set(method, change),
    mend: () => spoilers.clear(),
  };
}

function furnish({ rows }: SimulatedPool): void {
  const [repository] = rows.list('SR');
  rows.insert('VDI', {
    uuid: VOLUME,
    SR: repository?.ref ?? '',
    location: VOLUME,
    virtual_size: 2 ** 30,
    managed: true,
    type: 'user',
  });
  rows.insert('network', {
    uuid: NETWORK,
    name_label: 'lan',
    name_description: `gdcloud:${NETWORK}:1`,
    other_config: { 'gdcloud:id': NETWORK, 'gdcloud:epoch': '1', 'gdcloud:owner': 'test' },
  });
}

function webOn(host: string) {
  return serverOn(host, {
    disks: [{ device: 0, volume: VOLUME }],
    nics: [
      { device: 0, network: NETWORK, macAddress: '02:00:00:00:00:01', ipv4Address: '192.168.0.10' },
    ],
  });
}

/** Makes and starts a server as the kernel does, under one fence; returns its uuid in the pool. */
async function startServer({ driver, host, clock }: Watched): Promise<string> {
  const { servers } = driver;
  const desired = webOn(host);
  const { external } = await clock.until(servers.create(keyOf(UUID), desired, call()));
  const key = keyOf(UUID, String(external));
  for (;;) {
    const seen = present(await clock.until(servers.observe(key, desired, call())));
    const [change] = seen.changes;
    if (seen.busy === true) await clock.until(clock.wait(10));
    else if (change === undefined) return String(external);
    else await clock.until(servers.update(key, desired, change, call()));
  }
}

t.test('a server that is followed by events is looked at without asking the pool', async (t) => {
  const watched = await watchPool(t);
  const external = await startServer(watched);
  await watched.settle();
  const { calls, clock, driver, host } = watched;
  const key = keyOf(UUID, external);
  await clock.until(driver.servers.observe(key, webOn(host), call()));
  calls.length = 0;
  const seen = present(await clock.until(driver.servers.observe(key, webOn(host), call())));
  t.same(calls, []);
  t.match(seen, { actual: { powerState: 'running', host }, changes: [] });
});

t.test('a new holder of the lock does not rely on what was known before it', async (t) => {
  const watched = await watchPool(t);
  const key = keyOf(UUID, await startServer(watched));
  await watched.settle();
  const { calls, clock, driver, host } = watched;
  const next: DriverCall = { ...call(), fence: asFence('0002') };
  calls.length = 0;
  await clock.until(driver.servers.observe(key, webOn(host), next));
  t.ok(calls.includes('VM.get_all_records_where'), calls.join(' '));
});

t.test('a server starts with few calls', async (t) => {
  const watched = await watchPool(t);
  await watched.clock.until(watched.driver.servers.observe(keyOf(UUID), undefined, call()));
  watched.calls.length = 0;
  await startServer(watched);
  t.comment(watched.calls.join(' '));
  t.ok(watched.calls.length <= 11, `${watched.calls.length} calls`);
});

t.test('what somebody else does is told at once, and seen', async (t) => {
  const watched = await watchPool(t);
  const external = await startServer(watched);
  await watched.settle();
  const { clock, driver, host, pool, told } = watched;
  told.length = 0;
  const vm = pool.rows.list('VM').find(({ record }) => record['uuid'] === external);
  pool.rows.set('VM', vm?.ref ?? '', 'power_state', 'Halted');
  pool.rows.set('VM', vm?.ref ?? '', 'domid', -1);
  await watched.settle(2);
  t.same(new Set(told), new Set([UUID]));
  const look = driver.servers.observe(keyOf(UUID, external), webOn(host), call());
  t.equal(present(await clock.until(look)).actual.powerState, 'halted');
});

t.test('a look right after a change of ours shows it, however late events come', async (t) => {
  const watched = await watchPool(t, 60_000);
  const { clock, driver, host } = watched;
  const key = keyOf(UUID, await startServer(watched));
  const renamed = { ...webOn(host), name: 'renamed' };
  const before = present(await clock.until(driver.servers.observe(key, renamed, call())));
  const [change] = before.changes;
  t.equal(change?.field, 'name');
  if (change === undefined) return;
  await clock.until(driver.servers.update(key, renamed, change, call()));
  t.same(present(await clock.until(driver.servers.observe(key, renamed, call()))).changes, []);
});

t.test('an object whose deletion got lost is found out by the count', async (t) => {
  const watched = await watchPool(t);
  const external = await startServer(watched);
  await watched.settle();
  const { clock, driver, host, pool } = watched;
  const doomed = pool.rows.list('VBD')[0]?.ref ?? '';
  watched.spoil('event.from', (answer) => {
    const whole = JSON.parse(answer) as { readonly result?: { events: { operation: string }[] } };
    if (whole.result === undefined) return answer;
    const events = whole.result.events.filter(({ operation }) => operation !== 'del');
    return JSON.stringify({ ...whole, result: { ...whole.result, events } });
  });
  const vm = pool.rows.list('VM').find(({ record }) => record['uuid'] === external)?.ref ?? '';
  pool.rows.destroy('VBD', doomed);
  await watched.settle();
  watched.mend();
  pool.rows.set('VM', vm, 'name_label', 'touched');
  await watched.settle();
  const look = driver.servers.observe(keyOf(UUID, external), webOn(host), call());
  t.match(present(await clock.until(look)).changes, [{ field: 'name' }, { field: 'disks.0' }]);
});

t.test('lists are taken from what is known, once that has caught up with the pool', async (t) => {
  const watched = await watchPool(t);
  const external = await startServer(watched);
  await watched.settle();
  const { calls, clock, driver, pool } = watched;
  const [host] = pool.rows.list('host');
  calls.length = 0;
  // Nobody has heard of this yet.
  pool.rows.set('host', host?.ref ?? '', 'enabled', false);
  const hosts = await clock.until(driver.hosts(call()));
  t.equal(hosts.find((one) => one.external === host?.record['uuid'])?.enabled, false);
  t.match(await clock.until(driver.servers.list(undefined, call())), { objects: [{ external }] });
  // What else a report of hosts needs is not kept.
  const known = ['host.get_all_records', 'VM.get_all_records', 'VM.get_record'];
  t.same(
    calls.filter((method) => known.includes(method)),
    [],
  );
  t.ok(calls.includes('event.inject'));
});

t.test('a change of ours that overtakes the first list is seen', async (t) => {
  const watched = await watchPool(t);
  const { clock, driver, host, pool } = watched;
  const key = keyOf(UUID, await startServer(watched));
  const [first, later] = [new AbortController(), new AbortController()];
  const heldUntil = ({ signal }: AbortController): Promise<unknown> =>
    new Promise((resolve) => signal.addEventListener('abort', resolve));
  // The session is gone, so all is listed anew, and that list stays under way for long.
  for (const { ref } of pool.rows.list('session')) pool.rows.destroy('session', ref);
  let lists = 0;
  watched.spoil('event.from', async (answer) => {
    lists += 1;
    // And no event comes after it.
    await heldUntil(lists === 1 ? first : later);
    return answer;
  });
  await clock.until(driver.hosts(call()));
  await watched.settle(500);
  const renamed = { ...webOn(host), name: 'renamed' };
  const [change] = present(await clock.until(driver.servers.observe(key, renamed, call()))).changes;
  if (change === undefined) throw new Error('nothing differs');
  await clock.until(driver.servers.update(key, renamed, change, call()));
  first.abort();
  await watched.settle(10);
  t.same(present(await clock.until(driver.servers.observe(key, renamed, call()))).changes, []);
  watched.mend();
  later.abort();
});

for (const release of ['midnight-ride', 'boston', 'tampa', 'clearwater']) {
  t.test(`a pool as of ${release} is followed as well`, async (t) => {
    const watched = await watchPool(t, 1, release);
    const { calls, clock, driver, host, pool, told } = watched;
    const external = await startServer(watched);
    const key = keyOf(UUID, external);
    await watched.settle();
    await clock.until(driver.servers.observe(key, webOn(host), call()));
    told.length = 0;
    calls.length = 0;
    const vm = pool.rows.list('VM').find(({ record }) => record['uuid'] === external);
    pool.rows.set('VM', vm?.ref ?? '', 'name_label', 'renamed by somebody');
    await watched.settle(2);
    t.same(new Set(told), new Set([UUID]));
    const seen = present(await clock.until(driver.servers.observe(key, webOn(host), call())));
    t.same(
      seen.changes.map(({ field }) => field),
      ['name'],
    );
    // A queue is asked for less often, so it more often can't be told which of two answers is the newer one.
    if (release !== 'midnight-ride') t.same(calls, [], 'nobody has to be asked');
    const [first] = pool.rows.list('host');
    pool.rows.set('host', first?.ref ?? '', 'enabled', false);
    const hosts = await clock.until(driver.hosts(call()));
    t.equal(hosts.find((one) => one.external === first?.record['uuid'])?.enabled, false);
  });
}

t.test('without events the pool is asked, and with them again not', async (t) => {
  const watched = await watchPool(t);
  const key = keyOf(UUID, await startServer(watched));
  await watched.settle();
  const { calls, clock, driver, host, pool } = watched;
  const observe = () => clock.until(driver.servers.observe(key, webOn(host), call()));
  watched.spoil('event.from', () => 'nonsense');
  // The first change is told by an answer that was under way already.
  for (const name of ['touched', 'touched again']) {
    pool.rows.set('network', pool.rows.list('network')[0]?.ref ?? '', 'name_label', name);
    await watched.settle();
  }
  calls.length = 0;
  t.equal(present(await observe()).actual.powerState, 'running');
  t.ok(calls.length > 0);
  watched.mend();
  await watched.settle(2_000);
  await observe();
  calls.length = 0;
  t.equal(present(await observe()).actual.powerState, 'running');
  t.same(calls, []);
});

t.test('a session that is gone makes the events begin anew', async (t) => {
  const watched = await watchPool(t);
  const external = await startServer(watched);
  await watched.settle();
  const { pool, told } = watched;
  for (const { ref } of pool.rows.list('session')) pool.rows.destroy('session', ref);
  told.length = 0;
  // Somebody's call is the first to notice.
  await watched.clock.until(watched.driver.hosts(call()));
  await watched.settle(200);
  t.ok(told.includes(asUuid(UUID)), 'everything counts as changed');
  told.length = 0;
  const vm = pool.rows.list('VM').find(({ record }) => record['uuid'] === external);
  pool.rows.set('VM', vm?.ref ?? '', 'name_label', 'touched');
  await watched.settle(2);
  t.same(new Set(told), new Set([UUID]));
});

/** What may happen to a server, by us and past us. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant('rename' as const), name: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ kind: fc.constant('renamedOutside' as const), name: fc.constantFrom('a', 'b', 'x') }),
  fc.record({ kind: fc.constantFrom('stop', 'start', 'haltedOutside', 'look') }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 15, 40, 200) }),
);

t.test(
  'whatever happens in whatever order, a look is never behind our changes, and right in the end',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(1, 20, 90),
        async (happenings, eventDelayMs) => {
          const watched = await watchPool(t, eventDelayMs);
          const { clock, driver, host, pool } = watched;
          const key = keyOf(UUID, await startServer(watched));
          const vm = pool.rows.list('VM').find(({ record }) => record['uuid'] === key.external);
          const observe = async (desired: ReturnType<typeof webOn>) =>
            present(await clock.until(driver.servers.observe(key, desired, call())));
          const converge = async (desired: ReturnType<typeof webOn>): Promise<void> => {
            for (let steps = 0; steps < 30; steps += 1) {
              const { changes, busy } = await observe(desired);
              const [change] = changes;
              if (busy !== true && change === undefined) return;
              if (busy === true || change === undefined) await clock.until(clock.wait(20));
              else {
                const { settled } = await clock.until(
                  driver.servers.update(key, desired, change, call()),
                );
                if (!settled) continue;
                const after = await observe(desired);
                const [same] = after.changes.filter(({ field }) => field === change.field);
                if (same !== undefined) throw new Error(`${change.field} is not seen as changed`);
              }
            }
            throw new Error('it does not converge');
          };
          let desired = webOn(host);
          for (const one of happenings) {
            if (one.kind === 'rename') {
              desired = { ...desired, name: one.name };
              await converge(desired);
            } else if (one.kind === 'start' || one.kind === 'stop') {
              desired = { ...desired, powerState: one.kind === 'start' ? 'running' : 'halted' };
              await converge(desired);
            } else if (one.kind === 'renamedOutside') {
              pool.rows.set('VM', vm?.ref ?? '', 'name_label', one.name);
            } else if (one.kind === 'haltedOutside') {
              pool.rows.set('VM', vm?.ref ?? '', 'power_state', 'Halted');
              pool.rows.set('VM', vm?.ref ?? '', 'domid', -1);
              pool.rows.set('VM', vm?.ref ?? '', 'resident_on', 'OpaqueRef:NULL');
              for (const kind of ['VBD', 'VIF'] as const) {
                for (const { ref } of pool.rows.list(kind)) {
                  pool.rows.set(kind, ref, 'currently_attached', false);
                }
              }
            } else if (one.kind === 'look') await observe(desired);
            else if (one.kind === 'wait') await watched.settle(one.ms);
          }
          await watched.settle(500);
          const fresh: DriverCall = { ...call(), fence: asFence('0009') };
          const seen = await observe(desired);
          const truth = await clock.until(driver.servers.observe(key, desired, fresh));
          t.strictSame(seen, truth);
        },
      ),
      { numRuns: 60 },
    );
  },
);
