import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ObjectKey } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { type Cloud, call, converge, keyOf, serverOn, startCloud } from '../cloud.js';
import { openLaboratory } from '../pool-in-process.js';

async function running(t: Test): Promise<{ readonly cloud: Cloud; readonly key: ObjectKey }> {
  const cloud = await startCloud(t);
  const key = keyOf(randomUUID());
  await converge(cloud.driver.servers, key, serverOn(cloud.host, { name: 'web' }));
  return { cloud, key };
}

async function open(cloud: Cloud, key: ObjectKey): Promise<Duplex> {
  const stream = await cloud.driver.console?.(key, call());
  if (stream === undefined) throw new Error('the driver has no consoles');
  stream.on('error', () => undefined);
  return stream;
}

async function screens(cloud: Cloud): Promise<readonly Record<string, unknown>[]> {
  return (await cloud.raw.records('console')).filter(({ protocol }) => protocol === 'rfb');
}

t.test('a console begins with the version of RFB', async (t) => {
  const { cloud, key } = await running(t);
  const stream = await open(cloud, key);
  t.equal(String((await once(stream, 'data'))[0]), 'RFB 003.008\n');
  stream.destroy();
});

t.test('it has a session of its own, which ends with it', async (t) => {
  const laboratory = openLaboratory();
  const { pool, driver, host } = laboratory;
  const key = keyOf(randomUUID());
  await laboratory.converge(driver.servers, key, serverOn(host));
  const sessions = (): number => pool.rows.list('session').length;
  const before = sessions();
  const stream = await driver.console?.(key, laboratory.call());
  t.equal(sessions(), before + 1);
  stream?.destroy();
  for (let turns = 0; turns < 1_000 && sessions() > before; turns += 1)
    await new Promise((resolve) => setImmediate(resolve));
  t.equal(sessions(), before);
});

t.test('it ends when the server is halted, and a halted one has none', async (t) => {
  const { cloud, key } = await running(t);
  const stream = await open(cloud, key);
  stream.resume();
  const closed = once(stream, 'close');
  const halted = serverOn(cloud.host, { name: 'web', powerState: 'halted' });
  await converge(cloud.driver.servers, key, halted);
  await closed;
  await t.rejects(open(cloud, key), { code: 'NoConsole' });
});

t.test('it never leads to where no member of the pool is, nor to another path', async (t) => {
  const laboratory = openLaboratory();
  const { pool, driver, host } = laboratory;
  const key = keyOf(randomUUID());
  await laboratory.converge(driver.servers, key, serverOn(host));
  const screen = pool.rows.list('console').find(({ record }) => record['protocol'] === 'rfb');
  if (screen === undefined) throw new Error('the server has no screen');
  const own = String(screen.record['location']);
  t.match(own, /^http:\/\/pool\.invalid\/console\?ref=OpaqueRef:/);
  const elsewhere = [
    own.replace('pool.invalid', '127.0.0.1'),
    own.replace('pool.invalid', 'pool.invalid.example.com'),
    own.replace('/console?', '/export?'),
    own.replace('/console?', '/console/../export?'),
    own.replace('?ref=', '?session_id=x&ref='),
    `${own}%0d%0a`,
    'http://169.254.169.254/console?ref=x',
    'nonsense',
    '',
  ];
  for (const location of elsewhere) {
    pool.rows.set('console', screen.ref, 'location', location);
    const opening = async (): Promise<void> =>
      void (await driver.console?.(key, laboratory.call()));
    await t.rejects(opening(), { code: 'StrangeConsole' }, location);
  }
  pool.rows.set('console', screen.ref, 'location', own.replace('pool.invalid', '192.0.2.2'));
  const stream = await driver.console?.(key, laboratory.call());
  t.ok(stream, 'another member is where it may be');
  stream?.destroy();
});

t.test('the simulator opens screens for sessions only', async (t) => {
  const { cloud } = await running(t);
  const [screen] = await screens(cloud);
  const { pathname, search, port } = new URL(String(screen?.['location']));
  for (const [target, status] of [
    [`${pathname}${search}`, 401],
    [`${pathname}${search}&session_id=OpaqueRef:none`, 401],
    [`${pathname}?ref=none&session_id=${cloud.raw.session}`, 404],
    [`/other${search}&session_id=${cloud.raw.session}`, 404],
  ] as const) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: x\r\n\r\n`);
    t.match(await text(socket), new RegExp(`^HTTP/1.1 ${status} `), target);
  }
});

t.test('a pool in this process shows its screens without a socket', async (t) => {
  const laboratory = openLaboratory();
  const key = keyOf(randomUUID());
  await laboratory.converge(laboratory.driver.servers, key, serverOn(laboratory.host));
  const stream = await laboratory.driver.console?.(key, laboratory.call());
  if (stream === undefined) throw new Error('the driver has no consoles');
  t.equal(String((await once(stream, 'data'))[0]), 'RFB 003.008\n');
  stream.destroy();
});
