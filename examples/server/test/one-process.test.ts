import { createHash } from 'node:crypto';
import { CLOCK, createCloud, deriveState, type JsonObject, RANDOM, STORE } from '@gdcloud/core';
import { ManualClock, MemoryDisk, MemoryStore, SeededRandom } from '@gdcloud/core/testing';
import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
import { vlan } from '@gdcloud/driver-vlan';
import { MemoryRecordFiles } from '@gdcloud/driver-vlan/testing';
import { xenserver } from '@gdcloud/driver-xenserver';
import { simulatedPool } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { ShareInMemory } from './support/share-in-memory.js';

const KEY = { publicValue: 'admin', secretValue: 'the-administrators-secret' };
/** More moments than a server's whole life has. */
const MOST_MOMENTS = 5_000;
/** Turns of the event loop in which all happens that does not wait for time: nothing here waits for anything else. */
const TURNS = 5;

/** What a server's life left behind, and what was said on the way. */
interface Life {
  /** How many calls the pool has answered. */
  readonly calls: number;
  /** Of all that was asked of the pool and answered by it, in order. */
  readonly digest: string;
  /** What was done to the server and its root volume, in order. */
  readonly events: readonly string[];
  readonly whileRunning: { readonly machines: number; readonly files: number };
  readonly left: { readonly machines: number; readonly files: number };
}

/** Brings up a server and removes it: the kernel and all three drivers, without a socket, a file or a timer. */
async function liveOnce(seed: number): Promise<Life> {
  const clock = new ManualClock();
  const random = new SeededRandom(seed);
  const store = new MemoryStore();
  const share = new ShareInMemory(new MemoryDisk({ clock }));
  const pool = simulatedPool({ clock, random: new SeededRandom(seed + 1), files: share });
  const transcript = createHash('sha256');
  let calls = 0;
  const cloud = createCloud({
    pepper: new Uint8Array(16).fill(7),
    administratorKey: KEY,
    replaceable: [CLOCK, RANDOM],
    plugins: [
      (container) => {
        container.register(CLOCK, { useValue: clock });
        container.register(RANDOM, { useValue: random });
        container.register(STORE, { useValue: store });
      },
      nfsVhd({ folder: share.folder }, share),
      vlan({ folder: '/network' }, { files: new MemoryRecordFiles(new MemoryDisk({ clock })) }),
      xenserver(
        { url: pool.url, username: pool.username, password: pool.password },
        {
          connect: (url) => {
            const wire = pool.connect(url);
            return {
              origin: wire.origin,
              close: () => wire.close(),
              post: async (body, exchange) => {
                transcript.update(body);
                const answer = await wire.post(body, exchange);
                calls += 1;
                transcript.update(answer);
                return answer;
              },
            };
          },
        },
      ),
    ],
  });
  const until = async (there: () => Promise<boolean>, what: string): Promise<void> => {
    for (let moment = 0; moment < MOST_MOMENTS; moment += 1) {
      for (let turn = 0; turn < TURNS; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (await there()) return;
      clock.step();
    }
    throw new Error(`${what} did not come about`);
  };
  await cloud.start();
  const admin = await cloud.resources.authenticate(KEY.publicValue, KEY.secretValue);
  if (admin === undefined) throw new Error('the administrator’s key opens nothing');
  const get = (type: string, id: string) => cloud.resources.get(admin, cloud.types.get(type), id);
  const stateOf = async (type: string, id: string): Promise<string> =>
    deriveState(cloud.types.get(type), await get(type, id)).state;
  const make = async (type: string, body: JsonObject): Promise<string> =>
    (await cloud.resources.create(admin, cloud.types.get(type), body)).resource.id;
  const count = () => ({
    machines: pool.rows.list('VM').filter(({ record }) => record['is_control_domain'] === false)
      .length,
    files: share.names.length,
  });

  const network = await make('network', { name: 'web', ipv4Cidr: '192.168.0.0/24' });
  const server = await make('virtualmachine', {
    name: 'web1',
    offering: '2gb-4cpu',
    imageId: '1',
    networkId: network,
  });
  await until(
    async () => (await stateOf('virtualmachine', server)) === 'running',
    'a running server',
  );
  const whileRunning = count();
  await cloud.resources.remove(admin, cloud.types.get('virtualmachine'), server);
  await until(
    async () => (await stateOf('virtualmachine', server)) === 'removed' && count().machines === 0,
    'the end of the server',
  );
  await until(async () => count().files === whileRunning.files - 1, 'the end of its root volume');
  const events = await cloud.resources.history(admin, cloud.types.get('virtualmachine'), server);
  await cloud.stop();
  pool.close();
  return {
    calls,
    digest: transcript.digest('hex'),
    events: events.map(({ at, what, result }) => `${at} ${what} ${result}`).toReversed(),
    whileRunning,
    left: count(),
  };
}

t.test('a server comes and goes with all three drivers in one process', async (t) => {
  const life = await liveOnce(1);
  t.same(life.whileRunning, { machines: 1, files: 3 }, 'two images and the root volume');
  t.same(life.left, { machines: 0, files: 2 }, 'only the images are left');
  t.comment(`${life.calls} calls of the pool`);

  await t.test('and does so again, call by call, with the same seed', async (t) => {
    const again = await liveOnce(1);
    t.same(again.events, life.events);
    t.equal(again.calls, life.calls);
    t.equal(again.digest, life.digest);
  });

  await t.test('with another seed it is another life, with the same end', async (t) => {
    const other = await liveOnce(2);
    t.not(other.digest, life.digest);
    t.same(other.left, life.left);
  });
});
