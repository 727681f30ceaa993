import { asUuid, type ServerDesired } from '@gdcloud/core';
import type { Exchange } from '@gdcloud/driver-xenserver';
import type { DiskFile, DiskFiles } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { keyOf, present, serverOn, vlan } from '../cloud.js';
import { type Laboratory, openLaboratory } from '../pool-in-process.js';

const GIB = 2 ** 30;
const SERVER = keyOf('018f0000-0000-7000-8000-000000000001');
const NETWORK = keyOf('018f0000-0000-7000-8000-000000000002');
const VOLUME = keyOf('018f0000-0000-7000-8000-000000000003');

/** Files that are only names and sizes. */
function shelf(files: readonly DiskFile[]): DiskFiles & { files: readonly DiskFile[] } {
  return {
    files,
    async scan() {
      return this.files;
    },
    async remove(uuid) {
      this.files = this.files.filter((file) => file.uuid !== uuid);
    },
  };
}

const ROOT: DiskFile = {
  uuid: VOLUME.uuid,
  virtualBytes: GIB,
  physicalBytes: 4096,
  hidden: false,
};

function furnished(host: string): ServerDesired {
  return serverOn(host, {
    disks: [{ device: 0, volume: asUuid(VOLUME.uuid) }],
    nics: [
      {
        device: 0,
        network: asUuid(NETWORK.uuid),
        macAddress: '02:00:00:00:00:01',
        ipv4Address: '192.168.0.10',
      },
    ],
  });
}

function guests({ pool }: Laboratory): readonly unknown[] {
  return pool.rows.list('VM').filter(({ record }) => record['is_control_domain'] === false);
}

/** From nothing to a server that was restarted and stopped once, and back to nothing. */
async function live(lab: Laboratory, files: ReturnType<typeof shelf>): Promise<void> {
  const { driver } = lab;
  await lab.converge(driver.segments, NETWORK, vlan(100));
  await lab.converge(driver.disks, VOLUME, { name: 'root', sizeBytes: GIB });
  const desired = furnished(lab.host);
  await lab.converge(driver.servers, SERVER, desired);
  await lab.converge(driver.servers, SERVER, { ...desired, restarts: 1 });
  await lab.converge(driver.servers, SERVER, { ...desired, restarts: 1, powerState: 'halted' });
  await lab.remove(driver.servers, SERVER);
  await lab.remove(driver.segments, NETWORK);
  files.files = [];
  await lab.remove(driver.disks, VOLUME);
}

t.test('a segment, a disk and a server live and die by a clock that stands still', async (t) => {
  const files = shelf([ROOT]);
  // Slower than the driver's patience: with real time this would take minutes.
  const lab = openLaboratory({ files, powerLatencyMs: 60_000 });
  const { driver, pool, clock } = lab;
  const begun = clock.now();

  t.match(await lab.converge(driver.segments, NETWORK, vlan(100)), [
    'create',
    /^hosts\./,
    /^hosts\./,
  ]);
  t.same(await lab.converge(driver.segments, NETWORK, { ...vlan(100), name: 'office' }), ['name']);
  t.same(await lab.converge(driver.disks, VOLUME, { name: 'root', sizeBytes: GIB }), ['create']);
  files.files = [{ ...ROOT, virtualBytes: 2 * GIB }];
  t.same(await lab.converge(driver.disks, VOLUME, { name: 'root', sizeBytes: 2 * GIB }), [
    'sizeBytes',
  ]);

  const desired = furnished(lab.host);
  t.same(await lab.converge(driver.servers, SERVER, desired), ['create', 'powerState']);
  t.ok(clock.now() - begun >= 60_000, 'the start took its time, by the clock');
  t.equal(pool.rows.count('VBD'), 1);
  t.equal(pool.rows.count('VIF'), 1);
  const seen = present(await clock.until(driver.servers.observe(SERVER, desired, lab.call())));
  t.equal(seen.actual.powerState, 'running');

  await lab.remove(driver.servers, SERVER);
  t.same(guests(lab), []);
  await lab.remove(driver.segments, NETWORK);
  t.equal(pool.rows.count('network'), 1, 'the one of the hosts stays');
  files.files = [];
  await lab.remove(driver.disks, VOLUME);
  t.equal(pool.rows.count('VDI'), 0);
});

t.test('the same seed and the same calls give the same answers, byte by byte', async (t) => {
  const run = async (seed: number): Promise<readonly string[]> => {
    const files = shelf([ROOT]);
    const lab = openLaboratory({ seed, files });
    await live(lab, files);
    return lab.transcript;
  };
  const first = await run(7);
  t.ok(first.length > 100, `${first.length} bodies`);
  t.equal((await run(7)).join('\n'), first.join('\n'));
  t.not((await run(8)).join('\n'), first.join('\n'), 'another seed gives other names');
});

t.test('a watcher hears of what changes, also past XAPI', async (t) => {
  const lab = openLaboratory();
  const { driver, pool, clock } = lab;
  await lab.converge(driver.servers, SERVER, serverOn(lab.host));
  const stop = new AbortController();
  const heard: string[] = [];
  const watching = driver.watch?.((uuid) => heard.push(uuid), { signal: stop.signal });
  await clock.until(clock.wait(1_000));
  t.same(heard, []);
  const [vm] = pool.rows.list('VM').filter(({ record }) => record['is_control_domain'] === false);
  pool.rows.set('VM', vm?.ref ?? '', 'power_state', 'Paused');
  await clock.until(clock.wait(1_000));
  t.same(heard, [SERVER.uuid]);
  stop.abort();
  await clock.until(Promise.resolve(watching));
});

t.test('what was tampered with is seen, and repaired where that can be', async (t) => {
  const lab = openLaboratory();
  const { driver, pool } = lab;
  const desired = serverOn(lab.host);
  await lab.converge(driver.servers, SERVER, desired);
  const guest = (): string =>
    pool.rows.list('VM').find(({ record }) => record['is_control_domain'] === false)?.ref ?? '';
  pool.rows.set('VM', guest(), 'name_label', 'renamed by an operator');
  t.same(await lab.converge(driver.servers, SERVER, desired), ['name']);
  pool.rows.destroy('VM', guest());
  t.same(await lab.converge(driver.servers, SERVER, desired), ['create', 'powerState']);
  t.throws(() => pool.rows.set('VM', guest(), 'nonsense', 1), /no field VM\.nonsense/);
  t.throws(() => pool.rows.destroy('VM', 'OpaqueRef:none'), { code: 'HANDLE_INVALID' });
});

t.test('a row that goes takes the devices on it along', async (t) => {
  const files = shelf([ROOT]);
  const lab = openLaboratory({ files });
  const { driver, pool } = lab;
  await lab.converge(driver.segments, NETWORK, vlan(100));
  await lab.converge(driver.disks, VOLUME, { name: 'root', sizeBytes: GIB });
  const desired = furnished(lab.host);
  await lab.converge(driver.servers, SERVER, desired);
  pool.rows.destroy('VM', pool.rows.list('VBD').map(({ record }) => String(record['VM']))[0] ?? '');
  t.same([pool.rows.count('VBD'), pool.rows.count('VIF')], [0, 0]);
  await lab.converge(driver.servers, SERVER, desired);
  t.same([pool.rows.count('VBD'), pool.rows.count('VIF')], [1, 1]);
});

t.test('a request ends when its time is over or it is given up', async (t) => {
  const { pool, clock } = openLaboratory();
  const wire = pool.connect('https://anything.example/path');
  t.equal(wire.origin, 'https://anything.example');
  const exchange = (signal: AbortSignal): Exchange => ({
    effect: 'write',
    headers: {},
    signal,
    timeoutMs: 5_000,
  });
  const { signal } = new AbortController();
  const ask = (method: string, ...params: readonly unknown[]): string =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const login = await wire.post(
    ask('session.login_with_password', 'root', 'secret', '1.0', 'test'),
    exchange(signal),
  );
  const { result: session } = JSON.parse(login) as { readonly result: string };
  const { result: batch } = JSON.parse(
    await wire.post(ask('event.from', session, ['*'], '', 0), exchange(signal)),
  ) as { readonly result: { readonly token: string } };
  const listen = ask('event.from', session, ['task'], batch.token, 30);

  const before = clock.now();
  await t.rejects(clock.until(wire.post(listen, exchange(signal))), {
    phase: 'lost',
    effect: 'write',
    message: /no answer within 5000 ms/,
  });
  t.equal(clock.now() - before, 5_000);

  const stop = new AbortController();
  const waiting = wire.post(listen, exchange(stop.signal));
  stop.abort();
  await t.rejects(waiting, { phase: 'lost', message: /given up/ });
  await t.rejects(wire.post(listen, exchange(stop.signal)), {
    phase: 'unsent',
    message: /given up/,
  });
  await t.rejects(wire.post('{', exchange(signal)), { phase: 'lost', message: /HTTP status 500/ });

  const cut = wire.post(listen, exchange(signal));
  pool.close();
  pool.close();
  await t.rejects(cut, { phase: 'lost', message: /connection broke/ });
  await t.rejects(wire.post(listen, exchange(signal)), { phase: 'unsent', message: /nobody/ });
});

t.test('a closed wire takes no more requests', async (t) => {
  const { pool } = openLaboratory();
  const wire = pool.connect(pool.url);
  await wire.close();
  const { signal } = new AbortController();
  await t.rejects(wire.post('{}', { effect: 'read', headers: {}, signal, timeoutMs: 1_000 }), {
    phase: 'unsent',
    message: /nobody/,
  });
});

t.test('a pool that is closed is unknown to its driver, never absent', async (t) => {
  const lab = openLaboratory();
  await lab.converge(lab.driver.servers, SERVER, serverOn(lab.host));
  lab.pool.close();
  const seen = await lab.clock.until(lab.driver.servers.observe(SERVER, undefined, lab.call()));
  t.match(seen, {
    presence: 'unknown',
    failure: { outcome: 'unavailable', code: 'PoolUnreachable' },
  });
});
