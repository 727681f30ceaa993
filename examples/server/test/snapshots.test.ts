import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ownFolder } from './support/own-folder.js';
import { poolOf } from './support/pool.js';
import { startServer } from './support/server-process.js';

const NETWORK = { name: 'web', domain: 'web.local', ipv4Cidr: '192.168.0.0/24' };
const SERVER = { name: 'web1', offering: '1gb-1cpu', imageId: '1', networkId: '1' };

t.test('a server’s snapshots are taken, listed and removed, and hold it meanwhile', async (t) => {
  const home = ownFolder(t);
  const server = await startServer(home);
  const files = async () =>
    (await readdir(join(home, 'share'))).filter((name) => name.endsWith('.vhd')).length;
  await server.post('networks', NETWORK);
  await server.post('virtualmachines', SERVER);
  t.match(await server.post('snapshots', { virtualmachineId: '1', name: 'before' }), {
    status: 201,
    body: { type: 'snapshot', state: 'creating', transitioning: 'yes' },
  });
  t.match(await server.settled('snapshots/1'), {
    state: 'active',
    sizeGb: 10,
    consistency: 'crash',
    takenAt: /^\d{4}-/,
    virtualmachineId: '1',
  });
  t.match(await server.post('snapshots', { name: 'of nothing' }), {
    status: 422,
    body: { fieldName: 'virtualmachineId' },
  });

  await server.post('virtualmachines/1?action=stop');
  await server.settled('virtualmachines/1');
  await server.post('snapshots', { virtualmachineId: '1', name: 'after' });
  t.match(await server.settled('snapshots/2'), { consistency: 'offline' });
  const { body } = await server.get('virtualmachines/1/snapshots');
  t.same(
    body.data.map((each) => each.id),
    ['1', '2'],
  );
  t.match(await server.remove('virtualmachines/1'), {
    status: 409,
    body: { code: 'InUse', detail: '2 snapshots' },
  });
  await server.post('virtualmachines/1?action=start');
  t.match(await server.settled('virtualmachines/1'), { state: 'running' });

  for (const id of [1, 2]) {
    await server.remove(`snapshots/${id}`);
    t.match(await server.settled(`snapshots/${id}`), { state: 'removed' });
  }
  await server.remove('virtualmachines/1');
  t.match(await server.settled('virtualmachines/1'), { state: 'removed' });
  const pool = await poolOf(server.output());
  t.same(await pool.servers(), []);
  t.notOk((await pool.disks()).some((disk) => disk.is_a_snapshot));
  t.ok(
    (await files()) >= 2,
    'the images are there; bases nobody reads from are the pool’s to clear',
  );
});
