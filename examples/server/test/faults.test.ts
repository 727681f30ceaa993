import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { endBefore, ownFolder } from './support/own-folder.js';
import { eventually, launch, startServer } from './support/server-process.js';

const SIMULATOR = fileURLToPath(
  import.meta.resolve('@gdcloud/driver-xenserver/simulator').replace('index.js', 'cli.js'),
);
const NETWORK = { name: 'web', domain: 'web.local', ipv4Cidr: '192.168.0.0/24' };
const SERVER = { name: 'web1', offering: '2gb-4cpu', imageId: '1', networkId: '1' };

t.test('a stopped pool is told in words, and work goes on by itself when it is back', async (t) => {
  t.setTimeout(600_000);
  const folder = ownFolder(t);
  const home = join(folder, 'home');
  const state = join(folder, 'pool');
  const port = await lastingPort();
  const first = await simulator(state, join(home, 'share'), port);
  const server = await startServer(home, {
    XENSERVER_URL: first.url,
    XENSERVER_PASSWORD: 'secret',
  });
  await server.post('networks', NETWORK);
  await server.settled('networks/1');
  await first.stop();

  t.match(
    await server.post('virtualmachines', SERVER),
    { status: 201 },
    'what is asked is recorded all the same',
  );
  const waiting = await eventually('the server to name what it waits for', async () => {
    const { body } = await server.get('virtualmachines/1');
    return /xenserver|(volume|network) 1/i.test(body.transitioningMessage ?? '') ? body : undefined;
  });
  t.match(waiting, { state: 'creating', transitioning: 'yes' });
  // The network comes first where the pool went away before its last look at it.
  const awaited = /network/.test(waiting.transitioningMessage ?? '') ? 'networks/1' : 'volumes/1';
  const told = await eventually(`${awaited} to say why`, async () => {
    const { body } = await server.get(awaited);
    return /xenserver/i.test(body.transitioningMessage ?? '') ? body : undefined;
  });
  t.match(told, { transitioning: 'yes' });
  t.comment(told.transitioningMessage);

  await simulator(state, join(home, 'share'), port);
  t.match(await server.settled('virtualmachines/1'), { state: 'running' });
});

t.test(
  'a full disk is told in words, and work goes on by itself when there is room',
  { skip: cantMount() },
  async (t) => {
    t.setTimeout(600_000);
    const home = mount(t, 'size=16m');
    const server = await startServer(home);
    await server.post('networks', NETWORK);
    await server.settled('networks/1');
    for (const id of ['1', '2']) await server.settled(`images/${id}`);
    fill(join(home, 'ballast'));

    const refused = await eventually('a refusal', async () => {
      const reply = await server.post('virtualmachines', SERVER);
      return reply.status === 201 ? undefined : reply;
    });
    t.match(refused, { status: 503, body: { code: 'StoreUnavailable', message: /full/ } });
    t.match(await server.get('networks/1'), { status: 200 }, 'reading still works');
    rmSync(join(home, 'ballast'));
    const asked = await eventually('room to be found', async () => {
      const reply = await server.post('virtualmachines', SERVER);
      return reply.status === 201 ? reply : undefined;
    });
    t.match(await server.settled(`virtualmachines/${asked.body.id}`), { state: 'running' });
  },
);

t.test('a full share is told in words while the rest works', { skip: cantMount() }, async (t) => {
  t.setTimeout(600_000);
  const home = mount(t, 'size=32m');
  const share = join(home, 'share');
  mkdirSync(share);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'gdcloud-test', share]);
  endBefore(share, async () => unmount(share));
  const server = await startServer(home);
  await server.post('networks', NETWORK);
  await server.settled('networks/1');
  for (const id of ['1', '2']) await server.settled(`images/${id}`);
  fill(join(share, 'ballast'));

  t.match(await server.post('virtualmachines', SERVER), { status: 201 });
  const volume = await eventually('the volume to say why', async () => {
    const { status, body } = await server.get('volumes/1');
    return status === 200 && /space|full/i.test(body.transitioningMessage ?? '') ? body : undefined;
  });
  t.match(volume, { transitioning: 'yes' });
  t.comment(volume.transitioningMessage);
  rmSync(join(share, 'ballast'));
  t.match(await server.settled('virtualmachines/1'), { state: 'running' });
});

t.test(
  'a read-only home is told in words, and work goes on by itself when it is writable',
  { skip: cantMount() },
  async (t) => {
    t.setTimeout(600_000);
    const home = mount(t, 'size=32m');
    remount(home, 'ro');
    const child = launch(home);
    endBefore(home, () => ended(child));
    let errors = '';
    let output = '';
    child.stderr?.on('data', (chunk) => (errors += chunk));
    child.stdout?.on('data', (chunk) => (output += chunk));
    await eventually('the reason', async () => (/read-only/.test(errors) ? errors : undefined));
    t.match(errors, /read-only.*Trying again/s);
    t.notMatch(output, /ready/);
    remount(home, 'rw');
    await eventually('the ready line', async () =>
      /gdcloud ready/.test(output) ? output : undefined,
    );
    t.match(output, /gdcloud ready/);
  },
);

t.test('settings that can’t be used are named, with what they should be', async (t) => {
  const rows: readonly [Record<string, string>, RegExp][] = [
    [{ PORT: 'eighty' }, /PORT must be a number from 0 to 65535/],
    [{ DATABASE_URL: 'oracle://u:hidden-word@db/d' }, /DATABASE_URL must be sqlite:FILE/],
    [{ REDIS_URL: 'http://:hidden-word@r' }, /REDIS_URL must be redis:/],
    [{ GDCLOUD_ROLES: 'api' }, /REDIS_URL is needed when GDCLOUD_ROLES leaves out a role/],
    [
      { DATABASE_URL: 'postgres://u:hidden-word@db/d', DATABASE_CA: '/nowhere/ca.pem' },
      /DATABASE_CA can't be read: .*\/nowhere\/ca\.pem/,
    ],
    [
      { XENSERVER_URL: 'nonsense', XENSERVER_PASSWORD: 'hidden-word' },
      /XENSERVER_URL must be an http or https URL/,
    ],
    [{ GDCLOUD_SECRET_KEY: '' }, /GDCLOUD_SECRET_KEY is missing/],
  ];
  for (const [environment, problem] of rows) {
    const child = launch(ownFolder(t), environment);
    let errors = '';
    child.stderr?.on('data', (chunk) => (errors += chunk));
    // Only then has all been read that it said.
    const code = await new Promise((resolve) => child.once('close', resolve));
    t.match(errors, problem);
    t.notMatch(errors, /hidden-word/);
    t.equal(code, 2);
  }
});

t.test('a port in use is told with what to do', async (t) => {
  const server = await startServer(ownFolder(t));
  const child = launch(ownFolder(t), { PORT: new URL(server.url).port });
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += chunk));
  t.equal(await new Promise((resolve) => child.once('close', resolve)), 1);
  t.match(errors, /port [0-9]+ of 127\.0\.0\.1 is in use.*set PORT/);
});

/** A port that stays free while nobody listens there: below those that Linux gives to whoever asks for any. */
async function lastingPort(): Promise<number> {
  for (let port = 20_000 + (process.pid % 10_000); port < 32_000; port += 1) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error('no port is free');
}

async function simulator(
  state: string,
  storage: string,
  port: number,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  mkdirSync(storage, { recursive: true });
  const child: ChildProcess = spawn(process.execPath, [
    SIMULATOR,
    'simulate',
    '--port',
    String(port),
    '--state',
    state,
    '--storage',
    storage,
    '--password',
    'secret',
  ]);
  endBefore(state, () => ended(child));
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  const url = await eventually('the simulator', async () => /xapi ready (\S+)/.exec(output)?.[1]);
  return {
    url,
    stop: () => ended(child),
  };
}

// Fills a file system to its last byte.
function fill(file: string): void {
  try {
    writeFileSync(file, Buffer.alloc(64 * 2 ** 20));
  } catch {
    // That it ends with an error is the point.
  }
  if (statSync(file).size === 0) throw new Error('the disk was not filled');
}

// A file system of the test's own, as small as it wants it.
function mount(t: Test, options: string): string {
  const folder = ownFolder(t);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'gdcloud-test', folder]);
  endBefore(folder, async () => unmount(folder));
  return folder;
}

function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function remount(folder: string, mode: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${mode}`, folder]);
}

function cantMount(): string | false {
  if (process.getuid?.() === 0 || process.env['CI'] === 'true') return false;
  return 'mounting a file system of its own needs root';
}
