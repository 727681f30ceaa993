import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { openRawPool, type RawPool } from '../raw-pool.js';
import { runSimulator, serveSimulator } from '../simulator-process.js';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly complaint: string;
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    let [out, complaint] = ['', ''];
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      complaint += String(chunk);
    });
    child.on('close', (code) => resolve({ code, out, complaint }));
  });
}

async function ready(t: Test, ...args: readonly string[]): Promise<{ raw: RawPool }> {
  return { raw: await openRawPool(await serveSimulator(t, ...args)) };
}

t.test('a pool is served as it was asked for, and says where', async (t) => {
  const { raw } = await ready(t, '--hosts', '3', '--as-of', '24.16.0', '--state', t.testdir({}));
  t.equal((await raw.records('host')).length, 3);
  const [pool] = await raw.records('pool');
  t.notOk(pool !== undefined && 'recommendations' in pool, 'a later release brought that field');
});

t.test('hosts are as large as they were asked for', async (t) => {
  const { raw } = await ready(t, '--memory', '4096', '--cpus', '6', '--latency', '0');
  const metrics = await raw.records('host_metrics');
  t.same(
    metrics.map((row) => Number(row['memory_total'])),
    [4 * 2 ** 30, 4 * 2 ** 30],
  );
  for (const host of await raw.records('host')) t.match(host, { cpu_info: { cpu_count: '6' } });
});

t.test('a fixture is one fresh host with its storage and nothing else', async (t) => {
  const { raw } = await ready(t, '--fixture', 'base');
  const [host, ...others] = await raw.records('host');
  t.same(others, []);
  t.equal((await raw.records('host_cpu')).length, 8);
  t.match(host, { enabled: true });
  const free = Number(await raw.call('host.compute_free_memory', ...(await refs(raw, 'host'))));
  t.ok(free > 54 * 2 ** 30 && free < 60 * 2 ** 30, `about 60 GiB are free: ${free}`);
  t.same(
    (await raw.records('SR')).map((repository) => repository['name_label']),
    ['local storage'],
  );
  t.same(
    (await raw.records('VM')).map((vm) => vm['is_control_domain']),
    [true],
  );
  t.equal((await raw.records('network')).length, 2);
  t.equal((await raw.records('VDI')).length, 0);
});

t.test('a bare fixture has no storage', async (t) => {
  const { raw } = await ready(t, '--fixture', 'bare');
  t.same(await raw.records('SR'), []);
  t.same(await raw.records('PBD'), []);
});

async function refs(raw: RawPool, className: string): Promise<readonly string[]> {
  return (await raw.call(`${className}.get_all`)) as readonly string[];
}

t.test('help is given on request', async (t) => {
  const { code, out } = await ended(runSimulator('--help'));
  t.equal(code, 0);
  for (const flag of [
    '--port',
    '--hosts',
    '--memory',
    '--latency',
    '--as-of',
    '--state',
    '--fixture',
  ])
    t.match(out, flag);
});

const WRONG: Readonly<Record<string, readonly [args: string, complaint: RegExp]>> = {
  'no command': ['', /say what to do: simulate/],
  'an unknown command': ['serve', /no command "serve"/],
  'an unknown flag': ['simulate --prot 1', /--prot/],
  'a port that is none': ['simulate --port x', /--port is a number from 0 to 65535, not "x"/],
  'no hosts': ['simulate --hosts 0', /--hosts is a number from 1 to 64, not "0"/],
  'a release that never was': [
    'simulate --as-of windsor',
    /no release of XAPI is called "windsor"/,
  ],
  'an unknown fixture': ['simulate --fixture full', /--fixture is bare or base, not "full"/],
  'no memory': ['simulate --memory none', /--memory is a number from 1/],
  'a fixture of three hosts': ['simulate --fixture base --hosts 3', /what --hosts would/],
};

for (const [what, [args, complaint]] of Object.entries(WRONG)) {
  t.test(`${what} is refused with a reason`, async (t) => {
    const result = await ended(runSimulator(...args.split(' ').filter(Boolean)));
    t.equal(result.code, 2);
    t.match(result.complaint, complaint);
    t.equal(result.out, '');
  });
}

t.test('a port that is taken is named', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const { code, complaint } = await ended(runSimulator('simulate', '--port', port));
  t.equal(code, 2);
  t.match(complaint, port);
});
