import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { type Caller, type Cloud, COMPUTE, type ComputeDriver, type Plugin } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
import { vlan } from '@gdcloud/driver-vlan';
import { xenserver } from '@gdcloud/driver-xenserver';
import { KEY } from '../host/key.js';
import { startMeasured } from '../host/serve-cloud.js';
import { percentile } from '../load/statistics.js';
import { withFolder } from '../measure.js';
import { ServerProcess } from '../process/server-process.js';
import { type Figure, figure } from '../report/figure.js';
import { PASSWORD } from './pool-process.js';
import { type RawPool, rawPool, refsIn } from './raw-pool.js';
import type { XenserverOptions, XenserverPart } from './xenserver-part.js';

const SERVERS = 5;
const CHANGES = 200;
/** How long the simulated pool collects changes before it tells of them; milliseconds. */
const BATCHING = 10;
/** How long a change may stay unheard; milliseconds. */
const LIMIT = 30_000;

/** How soon a pass looks at a server that somebody changed behind our back. */
export const eventToPass: XenserverPart = {
  name: 'event',
  what: 'how soon a pass looks at a server that was changed from outside',
  measure: (options) => withFolder(options.folder, (folder) => measure(folder, options)),
};

async function measure(folder: string, { tell }: XenserverOptions): Promise<readonly Figure[]> {
  const share = join(folder, 'share');
  await mkdir(share);
  const parameters = ['--state', join(folder, 'pool'), '--share', share];
  await using process = await ServerProcess.start('host/simulator-host.js', parameters);
  const url = `http://127.0.0.1:${process.port}`;
  const looks = new Looks();
  await using cloud = await startMeasured({
    plugins: [
      sqlite({ file: join(folder, 'cloud.db') }),
      xenserver({ url, username: 'root', password: PASSWORD }),
      nfsVhd({ folder: share }),
      vlan({ folder: join(folder, 'plans') }),
      looks.plugin,
    ],
  });
  const names = await startServers(cloud);
  tell(`${SERVERS} servers run`);
  await using raw = await rawPool(url, PASSWORD);
  const servers = await Promise.all(
    names.map(async (name) => refsIn(await raw.call('VM.get_by_name_label', name))[0] ?? ''),
  );
  const took: number[] = [];
  for (let n = 0; n < CHANGES; n += 1) {
    took.push(await fromChangeToLook(raw, servers[n % SERVERS] ?? '', looks));
    await pause(20);
  }
  const late = [0.5, 0.99].map((share) => percentile(took, share) - BATCHING);
  return [
    figure('event: change to pass beyond the batching, p50', late[0] ?? Number.NaN, 'ms'),
    figure('event: change to pass beyond the batching, p99', late[1] ?? Number.NaN, 'ms', {
      most: 100,
    }),
  ];
}

async function fromChangeToLook(raw: RawPool, vm: string, looks: Looks): Promise<number> {
  const looked = looks.next();
  await raw.call('VM.set_name_description', vm, `changed at ${performance.now()}`);
  const changed = performance.now();
  return (await looked) - changed;
}

async function startServers(cloud: Cloud): Promise<readonly string[]> {
  const caller = await cloud.resources.authenticate(KEY.publicValue, KEY.secretValue);
  if (caller === undefined) throw new Error('the key opens nothing');
  const network = await made(cloud, caller, 'network', {
    domain: 'a.local',
    ipv4Cidr: '10.0.0.0/24',
  });
  await settled(cloud, caller, 'network', network);
  const names = Array.from({ length: SERVERS }, (_, n) => `server ${n}`);
  for (const name of names) {
    const body = { name, offering: '1gb-1cpu', imageId: '1', networkId: network };
    await settled(
      cloud,
      caller,
      'virtualmachine',
      await made(cloud, caller, 'virtualmachine', body),
    );
  }
  return names;
}

async function made(cloud: Cloud, caller: Caller, type: string, body: object): Promise<string> {
  const { resource } = await cloud.resources.create(caller, cloud.types.get(type), { ...body });
  return resource.id;
}

async function settled(cloud: Cloud, caller: Caller, type: string, id: string): Promise<void> {
  const deadline = performance.now() + LIMIT;
  for (;;) {
    const found = await cloud.resources.get(caller, cloud.types.get(type), id);
    if (found.observedGeneration === found.generation) return;
    if (performance.now() > deadline) throw new Error(`${type} ${id} is not as asked`);
    await pause(10);
  }
}

/** Hears of each look that a pass takes at a server. */
class Looks {
  readonly #waiting = new Set<(moment: number) => void>();

  /** When the next look begins. */
  next(): Promise<number> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  readonly plugin: Plugin = (container) => {
    const compute: ComputeDriver = container.resolve(COMPUTE);
    const observe = compute.servers.observe.bind(compute.servers);
    compute.servers.observe = (...args) => {
      const moment = performance.now();
      for (const tell of this.#waiting) tell(moment);
      this.#waiting.clear();
      return observe(...args);
    };
  };
}
