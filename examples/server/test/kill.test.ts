import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { ownFolder } from './support/own-folder.js';
import { poolOf } from './support/pool.js';
import { type ServerProcess, startServer } from './support/server-process.js';

/** Chance that can be repeated: `GDCLOUD_SEED=… npm test`. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const SEED = Number(process.env['GDCLOUD_SEED'] ?? Date.now() % 1_000_000);

/** The walk, a step at a time: what is asked for, whatever was reached before. */
const STEPS: readonly ((server: ServerProcess) => Promise<unknown>)[] = [
  (server) =>
    server.post('networks', { name: 'web', domain: 'web.local', ipv4Cidr: '192.168.0.0/24' }),
  (server) =>
    server.post('virtualmachines', {
      name: 'a',
      offering: '2gb-4cpu',
      imageId: '1',
      networkId: '1',
    }),
  (server) =>
    server.post('virtualmachines', {
      name: 'b',
      offering: '1gb-1cpu',
      imageId: '2',
      networkId: '1',
    }),
  (server) => server.post('virtualmachines/1?action=stop'),
  (server) => server.post('virtualmachines/1?action=start'),
  (server) => server.post('virtualmachines/2?action=restart'),
  (server) =>
    server.post('virtualmachines', {
      name: 'c',
      offering: '2gb-2cpu',
      imageId: '1',
      networkId: '1',
    }),
  (server) => server.post('virtualmachines/2?action=stop'),
  (server) => server.remove('virtualmachines/3'),
  (server) => server.post('virtualmachines/1?action=restart'),
];

t.test('killed at ten random moments of the walk, it ends as asked', async (t) => {
  t.setTimeout(600_000);
  t.comment(`seed ${SEED}`);
  const random = chance(SEED);
  const home = ownFolder(t);
  let server = await startServer(home);
  for (const step of STEPS) {
    await step(server);
    // A moment of the walk, not a wait for anything: wherever it hits, the outcome must be the same.
    await pause(random() * 250);
    await server.kill();
    server = await startServer(home);
  }
  t.match(await server.settled('networks/1'), { state: 'active' });
  t.match(await server.settled('virtualmachines/1'), { state: 'running', restartsDone: 1 });
  t.match(await server.settled('virtualmachines/2'), { state: 'stopped', powerState: 'halted' });
  t.match(await server.settled('virtualmachines/3'), { state: 'removed' });

  const pool = await poolOf(server.output());
  const servers = await pool.servers();
  t.same(
    servers.map((vm) => `${vm.name_label} ${vm.power_state}`).toSorted(),
    ['a Running', 'b Halted'],
    'exactly one server each',
  );
  t.equal((await pool.vlans()).length, 2, 'one tagged network on each of two hosts');
  const disks = (await readdir(join(home, 'share'))).filter(
    (name) => name.endsWith('.vhd') && !name.startsWith('00000000-'),
  );
  const { body } = await server.get('volumes');
  t.same(
    disks.toSorted(),
    body.data.map((volume) => `${volume.uuid}.vhd`).toSorted(),
    'exactly one file each',
  );
  t.equal(disks.length, 2);
  t.same(await readdir(join(home, 'share/.gdcloud/tmp')), [], 'no half-written file is left');
});
