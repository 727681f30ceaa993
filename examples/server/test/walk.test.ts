import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { ownFolder } from './support/own-folder.js';
import { poolOf } from './support/pool.js';
import { eventually, startServer } from './support/server-process.js';
import { slowness } from './support/slowness.js';

const NETWORK = { name: 'web', domain: 'web.local', ipv4Cidr: '192.168.0.0/24' };
const SERVER = { name: 'web1', offering: '2gb-4cpu', imageId: '1', networkId: '1' };

t.test('the walk of the README', async (t) => {
  const home = ownFolder(t);
  const before = await slowness();
  const server = await startServer(home);
  const slower = Math.max(before, await slowness());
  const ready = Math.round(server.readyAfterMs);
  t.ok(ready < 5_000 * slower, `ready after ${ready} ms, ${slower.toFixed(1)} times slower`);
  t.match(server.output(), /^gdcloud ready http:\/\/127\.0\.0\.1:[0-9]+\/v1$/m);
  t.notMatch(
    server.output() + server.errors(),
    /test-secret/,
    'a key of the environment is not printed',
  );

  await t.test('a network and a server are answered at once, moving', async (t) => {
    const network = await server.post('networks', NETWORK);
    t.match(network, { status: 201, body: { id: '1', type: 'network', transitioning: 'yes' } });
    const asked = performance.now();
    const answer = await server.post('virtualmachines', SERVER);
    t.match(answer, { status: 201, body: { id: '1', state: 'creating', transitioning: 'yes' } });
    const running = await server.settled('virtualmachines/1');
    const took = performance.now() - asked;
    t.match(running, {
      state: 'running',
      transitioning: 'no',
      privateIpv4Address: /^192\.168\.0\.[0-9]+$/,
    });
    const slow = Math.max(slower, await slowness());
    t.ok(
      took < 2_000 * slow,
      `running after ${Math.round(took)} ms, ${slow.toFixed(1)} times slower`,
    );
  });

  await t.test('its root volume is listed under it', async (t) => {
    const { body } = await server.get('virtualmachines/1/volumes');
    t.equal(body.data.length, 1);
    t.match(body.data[0], { type: 'volume', device: 0, sizeGb: 10, virtualmachineId: '1' });
  });

  await t.test('another one is planned without being asked for', async (t) => {
    const plan = await server.post('virtualmachines?dryRun=plan', SERVER);
    t.match(plan, { status: 200, body: { type: 'plan', complete: 'yes', waits: [] } });
    t.same(
      plan.body.steps.map(({ part, verb, field }) => field ?? `${part} ${verb}`),
      ['file create', 'disk create', 'revision', 'server create', 'powerState'],
    );
    t.equal((await server.get('virtualmachines')).body.data.length, 1);
  });

  await t.test('its start is told in its own 20 to 30 events', async (t) => {
    const { body } = await server.get('virtualmachines/1/events');
    const count = body.data.length;
    t.ok(count >= 20 && count <= 30, `${count} events`);
    for (const event of body.data)
      t.match(event, { time: String, what: String, why: String, result: String });
  });

  await t.test(
    'qemu-img reads the image on the share',
    { skip: await missing('qemu-img') },
    async (t) => {
      const [image] = (await readdir(join(home, 'share'))).filter((name) =>
        name.startsWith('00000000-'),
      );
      const path = join(home, 'share', String(image));
      const { stdout } = await promisify(execFile)('qemu-img', [
        'info',
        '-f',
        'vpc',
        '--output=json',
        path,
      ]);
      t.match(JSON.parse(stdout), { format: 'vpc', 'virtual-size': 10 * 2 ** 30 });
    },
  );

  await t.test('stop, start and restart converge', async (t) => {
    t.match(await server.post('virtualmachines/1?action=stop'), {
      status: 202,
      body: { transitioning: 'yes' },
    });
    t.match(await server.settled('virtualmachines/1'), { state: 'stopped', powerState: 'halted' });
    t.match(await server.post('virtualmachines/1?action=stop'), {
      status: 422,
      body: { code: 'ActionNotAvailable', fieldName: 'action' },
    });
    t.match(await server.post('virtualmachines/1?action=start'), { status: 202 });
    t.match(await server.settled('virtualmachines/1'), { state: 'running', powerState: 'running' });
    t.match(await server.post('virtualmachines/1?action=restart'), { status: 202 });
    t.match(await server.settled('virtualmachines/1'), { state: 'running', restartsDone: 1 });
  });

  await t.test(
    'a volume is put into the running server, and leaves it when that goes',
    async (t) => {
      t.match(await server.post('volumes', { name: 'data', sizeGb: '1' }), { status: 201 });
      t.match(await server.settled('volumes/2'), { state: 'active' });
      const asked = await server.post('volumes/2?action=attach', { virtualmachineId: '1' });
      t.match(asked, { status: 202, body: { state: 'attaching' } });
      t.match(await server.settled('volumes/2'), { attachedToId: '1', attachedDevice: 1 });
      t.match(await server.remove('volumes/2'), {
        body: { message: 'it is in virtualmachine 1; detach it from there first' },
      });
      t.match((await server.get('virtualmachines/1')).body, {
        attachedVolumes: { '2': 1 },
        booted: true,
        guestAddresses: [/^192\.168\.0\.[0-9]+$/],
        guestTools: 'current',
      });
      await server.post('volumes/2?action=detach');
      t.match(await server.settled('volumes/2'), { attachedToId: null });
      await server.remove('volumes/2');
      t.match(await server.settled('volumes/2'), { state: 'removed' });
    },
  );

  await t.test('a server shrinks as it runs, and grows with its restart', async (t) => {
    t.match(await server.post('virtualmachines/1?action=resize', { offering: '1gb-1cpu' }), {
      status: 202,
    });
    t.match(await server.settled('virtualmachines/1'), { cpuCount: 1 });
    await server.post('virtualmachines/1?action=resize', { offering: '4gb-8cpu' });
    t.match(await server.settled('virtualmachines/1'), {
      pendingRestart: ['ramSizeMb', 'cpuCount'],
    });
    await server.post('virtualmachines/1?action=restart');
    t.match(await server.settled('virtualmachines/1'), {
      ramSizeMb: 4096,
      cpuCount: 8,
      restartsDone: 2,
      pendingRestart: [],
    });
  });

  await t.test('a network in use stays', async (t) => {
    t.match(await server.remove('networks/1'), { status: 409, body: { code: 'InUse' } });
  });

  await t.test('what is deleted leaves nothing behind', async (t) => {
    const pool = await poolOf(server.output());
    t.equal((await pool.servers()).length, 1);
    t.equal((await pool.vlans()).length, 2, 'one on each host');
    t.match(await server.remove('virtualmachines/1'), { status: 200, body: { state: 'removing' } });
    t.match(await server.settled('virtualmachines/1'), { state: 'removed' });
    t.match(await server.remove('networks/1'), { status: 200 });
    t.match(await server.settled('networks/1'), { state: 'removed' });
    t.same(await pool.servers(), []);
    t.same(await pool.vlans(), []);
    t.same(await pool.disks(), []);
    const files = (await readdir(join(home, 'share'))).filter((name) => name.endsWith('.vhd'));
    t.equal(files.length, 2, 'only the images are left on the share');
    t.same(await readdir(join(home, 'share/.gdcloud/tmp')), []);
    t.same(await filesUnder(join(home, 'network')), []);
    await server.post('networks', { ...NETWORK, ipv4Cidr: '10.9.0.0/29' });
    await server.settled('networks/2');
    t.match((await server.get('networks/2')).body, { segmentId: 100 }, 'the tag is free again');
  });
});

t.test('bad input is refused with the field named, and changes nothing', async (t) => {
  const server = await startServer(ownFolder(t));
  await server.post('networks', NETWORK);
  const before = (await server.get('virtualmachines')).body.data;
  const rows: readonly [string, Record<string, string>, string, string][] = [
    ['networks', { ...NETWORK, ipv4Cidr: '10.0.0.0/33' }, 'InvalidFormat', 'ipv4Cidr'],
    ['networks', { ...NETWORK, ipv4Cidr: '010.0.0.0/24' }, 'InvalidFormat', 'ipv4Cidr'],
    ['networks', { ...NETWORK, ipv4Cidr: '10.0.0.1/24' }, 'InvalidFormat', 'ipv4Cidr'],
    ['networks', { ...NETWORK, ipv4Cidr: '8.8.8.0/24' }, 'InvalidFormat', 'ipv4Cidr'],
    ['networks', { ...NETWORK, domain: 'web local' }, 'InvalidFormat', 'domain'],
    ['networks', { name: 'no addresses' }, 'MissingRequired', 'ipv4Cidr'],
    ['virtualmachines', { ...SERVER, offering: '999gb-1cpu' }, 'InvalidReference', 'offering'],
    ['virtualmachines', { ...SERVER, imageId: '99' }, 'InvalidReference', 'imageId'],
    ['virtualmachines', { ...SERVER, networkId: 'x' }, 'InvalidReference', 'networkId'],
    ['virtualmachines', { ...SERVER, name: 'n'.repeat(256) }, 'MaxLengthExceeded', 'name'],
    ['virtualmachines', { ...SERVER, desiredState: 'flying' }, 'InvalidOption', 'desiredState'],
    ['virtualmachines', { ...SERVER, uuid: 'not-a-uuid' }, 'InvalidFormat', 'uuid'],
    ['volumes', { sizeGb: '0' }, 'MinLimitExceeded', 'sizeGb'],
    ['volumes', { sizeGb: '1.5' }, 'InvalidFormat', 'sizeGb'],
  ];
  for (const [path, form, code, fieldName] of rows) {
    const { status, body } = await server.post(path, form);
    t.match(
      { status, code: body.code, fieldName: body.fieldName },
      { status: 422, code, fieldName },
      `${path} ${JSON.stringify(form).slice(0, 80)}`,
    );
  }
  t.same((await server.get('virtualmachines')).body.data, before);
  t.equal((await server.get('networks')).body.data.length, 1);
});

t.test('two hundred servers asked for at once all run', async (t) => {
  const server = await startServer(ownFolder(t));
  await server.post('networks', NETWORK);
  const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
  const answers = await Promise.all(
    numbers.map((n) => server.post('virtualmachines', { ...SERVER, name: `web${n}` })),
  );
  t.same([...new Set(answers.map((answer) => answer.status))], [201]);
  const running = await eventually(
    'all to run',
    async () => {
      const { body } = await server.get('virtualmachines?limit=1000');
      return body.data.every((each) => each.state === 'running') ? body.data : undefined;
    },
    30_000 * (await slowness()),
  );
  t.equal(running.length, 200);
  const pool = await poolOf(server.output());
  t.equal((await pool.servers()).filter((vm) => vm.power_state === 'Running').length, 200);
  t.equal(new Set(running.map((each) => each.privateIpv4Address)).size, 200);
  t.equal(new Set(running.map((each) => each.macAddress)).size, 200);
});

async function missing(tool: string): Promise<string | false> {
  try {
    await promisify(execFile)(tool, ['--version']);
    return false;
  } catch {
    if (process.env['CI'] === 'true') return false;
    return `${tool} is not on this machine`;
  }
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}
