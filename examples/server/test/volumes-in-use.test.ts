import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { diskFile } from './support/disk-file.js';
import { ownFolder } from './support/own-folder.js';
import { poolOf } from './support/pool.js';
import {
  type Answer,
  eventually,
  type ServerProcess,
  startServer,
} from './support/server-process.js';

// Many processes one after another.
t.setTimeout(150_000);

const GIB = 2 ** 30;
const NETWORK = { name: 'web', domain: 'web.local', ipv4Cidr: '192.168.0.0/24' };
const SERVER = { name: 'web1', offering: '1gb-1cpu', imageId: '1', networkId: '1' };

/** Volume 2 in a running server; the server's root disk is the first. */
async function attached(server: ServerProcess): Promise<Answer> {
  await server.post('networks', NETWORK);
  await server.post('virtualmachines', SERVER);
  await server.settled('virtualmachines/1');
  await server.post('volumes', { sizeGb: '2' });
  await server.settled('volumes/2');
  await server.post('volumes/2?action=attach', { virtualmachineId: '1' });
  return server.settled('volumes/2');
}

t.test('a volume in a server grows once it is detached', async (t) => {
  const home = ownFolder(t);
  const server = await startServer(home);
  const data = await attached(server);
  const disk = diskFile(home, data.uuid);
  await disk.write('letters');
  await server.post('volumes/2?action=resize', { sizeGb: '3' });
  t.match((await server.get('volumes/2')).body, { state: 'updating' });
  const why = await eventually('the volume to wait', async () => {
    const { transitioningMessage } = (await server.get('volumes/2')).body;
    return transitioningMessage?.includes('detached') === true ? transitioningMessage : undefined;
  });
  t.match(why, /it grows to 3 GiB once it is detached from virtualmachine 1/);
  t.equal(await disk.size(), 2 * GIB);

  await server.post('volumes/2?action=detach');
  t.match(await server.settled('volumes/2'), { state: 'active', sizeGb: 3 });
  t.equal(await disk.size(), 3 * GIB);
  t.equal(await disk.read(), 'letters');
  await server.post('volumes/2?action=attach', { virtualmachineId: '1' });
  t.match(await server.settled('volumes/2'), { state: 'active', attachedDevice: 1 });
});

t.test('a snapshot of a volume in a running server holds what was written by then', async (t) => {
  const home = ownFolder(t);
  const server = await startServer(home);
  const data = await attached(server);
  const disk = diskFile(home, data.uuid);
  for (const [nth, word] of ['letters', 'drawings'].entries()) {
    await disk.write(word);
    const id = nth + 1;
    t.match(await server.post('snapshots', { volumeId: '2' }), { status: 201 });
    t.match(await server.settled(`snapshots/${id}`), {
      state: 'active',
      sizeGb: 2,
      consistency: 'crash',
      takenAt: /^\d{4}-/,
    });
    t.equal(await disk.read(), word, 'the server goes on with what it had');
  }
  await disk.write('nonsense');
  t.match((await server.get('virtualmachines/1')).body, { state: 'running' });
  const pool = await poolOf(server.output());
  t.notOk(
    (await pool.disks()).some((each) => each.is_a_snapshot),
    'the pool keeps no copy',
  );

  await server.post('volumes/2?action=detach');
  await server.settled('volumes/2');
  t.equal(await disk.read(), 'nonsense');
  await server.post('volumes', { snapshotId: '1' });
  const copy = await server.settled('volumes/3');
  t.equal(await diskFile(home, copy.uuid).read(), 'letters');
  await server.post('volumes/2?action=restore', { snapshotId: '2' });
  t.match(await server.settled('volumes/2'), { state: 'active', restoresDone: 1 });
  t.equal(await disk.read(), 'drawings');

  for (const id of [1, 2]) {
    await server.remove(`snapshots/${id}`);
    t.match(await server.settled(`snapshots/${id}`), { state: 'removed' });
  }
  t.equal(await diskFile(home, copy.uuid).read(), 'letters', 'a copy keeps what it holds');
  for (const id of [3, 2]) {
    await server.remove(`volumes/${id}`);
    t.match(await server.settled(`volumes/${id}`), { state: 'removed' });
  }
});

t.test('killed while a volume in a server is copied, it ends with one snapshot', async (t) => {
  const home = ownFolder(t);
  let server = await startServer(home);
  const { uuid } = await attached(server);
  await diskFile(home, uuid).write('letters');
  for (const [round, ms] of [0, 50].entries()) {
    const path = `snapshots/${round + 1}`;
    await server.post('snapshots', { volumeId: '2' });
    // A moment of the work, not a wait for anything: wherever it hits, the outcome must be the same.
    await pause(ms);
    await server.kill();
    server = await startServer(home);
    t.match(await server.settled(path), { state: 'active', consistency: 'crash' });
  }
  await diskFile(home, uuid).write('nonsense');
  const pool = await poolOf(server.output());
  t.notOk(
    (await pool.disks()).some((each) => each.is_a_snapshot),
    'the pool keeps no copy',
  );
  const names = await readdir(join(home, 'share', '.gdcloud', 'snapshot'));
  t.equal(names.length, 2);
  for (const name of names) t.equal(await diskFile(home, name).read(), 'letters');
});
