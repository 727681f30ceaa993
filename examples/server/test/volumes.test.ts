import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { diskFile } from './support/disk-file.js';
import { ownFolder } from './support/own-folder.js';
import { poolOf } from './support/pool.js';
import { type Answer, startServer } from './support/server-process.js';

// Many processes one after another.
t.setTimeout(150_000);

const GIB = 2 ** 30;

t.test('a volume is snapshotted, restored, copied and grown', async (t) => {
  const home = ownFolder(t);
  const server = await startServer(home);
  const on = ({ uuid }: Answer) => diskFile(home, uuid);
  await server.post('volumes', { name: 'data', sizeGb: '2' });
  const data = await server.settled('volumes/1');
  await on(data).write('letters');
  t.match(await server.post('volumes/1?action=snapshot', { name: 'monday' }), {
    status: 202,
    body: { type: 'volume', id: '1' },
  });
  t.match(await server.settled('snapshots/1'), {
    state: 'active',
    name: 'monday',
    volumeId: '1',
    sizeGb: 2,
    consistency: 'offline',
    takenAt: /^\d{4}-/,
  });
  await on(data).write('drawings');
  t.match(await server.post('snapshots', { volumeId: '1', name: 'tuesday' }), { status: 201 });
  t.match(await server.settled('snapshots/2'), { state: 'active' });
  await on(data).write('nonsense');

  const listed = await server.get('volumes/1/snapshots');
  t.same(
    listed.body.data.map(({ id }) => id),
    ['1', '2'],
  );
  t.match(await server.post('volumes/1?action=restore', { snapshotId: '1' }), {
    status: 202,
    body: { state: 'restoring', transitioning: 'yes' },
  });
  t.match(await server.settled('volumes/1'), { state: 'active', restoresDone: 1 });
  t.equal(await on(data).read(), 'letters');

  t.match(await server.post('volumes', { name: 'copy', snapshotId: '2' }), {
    status: 201,
    body: { sizeGb: 2 },
  });
  const copy = await server.settled('volumes/2');
  t.match(copy, { state: 'active' });
  t.equal(await on(copy).read(), 'drawings');

  t.match(await server.post('volumes/1?action=resize', { sizeGb: '5' }), { status: 202 });
  t.match(await server.settled('volumes/1'), { state: 'active', sizeGb: 5 });
  t.equal(await on(data).size(), 5 * GIB);
  t.equal(await on(data).read(), 'letters');
  const pool = await poolOf(server.output());
  const seen = (await pool.disks()).find((disk) => disk.uuid === data.uuid);
  t.equal(Number(seen?.virtual_size), 5 * GIB, 'the pool sees it too');

  t.match(await server.post('volumes/1?action=resize', { sizeGb: '4' }), {
    status: 422,
    body: { fieldName: 'sizeGb' },
  });
  t.match(await server.post('volumes', { snapshotId: '2', sizeGb: '1' }), {
    status: 422,
    body: { fieldName: 'sizeGb' },
  });
  t.match(await server.remove('volumes/1'), { status: 409, body: { code: 'InUse' } });
  for (const id of [1, 2]) {
    await server.remove(`snapshots/${id}`);
    t.match(await server.settled(`snapshots/${id}`), { state: 'removed' });
  }
  t.equal(await on(copy).read(), 'drawings', 'a copy keeps what it holds');
  for (const id of [1, 2]) {
    await server.remove(`volumes/${id}`);
    t.match(await server.settled(`volumes/${id}`), { state: 'removed' });
  }
});

t.test('killed in the middle of a snapshot and of a restore, it ends as asked', async (t) => {
  const home = ownFolder(t);
  let server = await startServer(home);
  await server.post('volumes', { sizeGb: '2' });
  const { uuid } = await server.settled('volumes/1');
  const disk = diskFile(home, uuid);
  await disk.write('letters');
  for (const [round, ms] of [0, 20, 60].entries()) {
    const id = round + 1;
    await server.post('snapshots', { volumeId: '1' });
    // A moment of the work, not a wait for anything: wherever it hits, the outcome must be the same.
    await pause(ms);
    await server.kill();
    server = await startServer(home);
    t.match(await server.settled(`snapshots/${id}`), { state: 'active' });
    await server.settled('volumes/1');
    await disk.write('nonsense');
    await server.post('volumes/1?action=restore', { snapshotId: String(id) });
    await pause(ms);
    await server.kill();
    server = await startServer(home);
    t.match(await server.settled('volumes/1'), { state: 'active', restoresDone: id });
    t.equal(await disk.read(), 'letters');
  }
});
