import { performance } from 'node:perf_hooks';
import {
  asExternalId,
  asUuid,
  type ComputeDriver,
  type ResourceUuid,
  type ServerDesired,
} from '@gdcloud/core';
import { createXenserverDriver } from '@gdcloud/driver-xenserver';
import { median } from '../load/statistics.js';
import { withFolder } from '../measure.js';
import { type Figure, figure } from '../report/figure.js';
import { converge } from './converge.js';
import { countRequests } from './count-requests.js';
import { PASSWORD, startPool } from './pool-process.js';
import { finish, type RawPool, rawPool, refIn, refsIn } from './raw-pool.js';
import { macAddress, vbdRecord, vdiRecord, vifRecord, vmRecord } from './server-record.js';
import type { XenserverOptions, XenserverPart } from './xenserver-part.js';

/** Servers a round and side. */
const SERVERS = 40;
const NETWORK = asUuid('0190a000-0000-7000-8000-00000000b001');

/** What one side of a round took. */
interface Cost {
  readonly ms: number;
  readonly requests: number;
}

/** What a server's start costs by the driver, beside the bare calls that it can't do without. */
export const serverStart: XenserverPart = {
  name: 'start',
  what: 'what the start of a server costs by the driver and by bare calls',
  measure: (options) => withFolder(options.folder, (folder) => measure(folder, options)),
};

async function measure(
  folder: string,
  { rounds, tell }: XenserverOptions,
): Promise<readonly Figure[]> {
  await using pool = await startPool(folder);
  await using raw = await rawPool(pool.url, PASSWORD);
  const driver = createXenserverDriver({ url: pool.url, username: 'root', password: PASSWORD });
  const over = new AbortController();
  const watching = driver.watch(() => undefined, { signal: over.signal });
  try {
    const place = await placeOf(raw, driver);
    const costs: { readonly raw: Cost; readonly driver: Cost }[] = [];
    // The first round is the engine's: it is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const first = round * 2 * SERVERS;
      const bare = await byBareCalls(raw, place, await disks(raw, place, first));
      const ours = await byDriver(driver, place, await disks(raw, place, first + SERVERS));
      if (round > 0) costs.push({ raw: bare, driver: ours });
      tell(
        `round ${round}: ${inWords(bare)} by bare calls, ${inWords(ours)} by the driver, a server`,
      );
    }
    return figuresOf(costs);
  } finally {
    over.abort();
    await watching.catch(() => undefined);
    await driver.close?.();
  }
}

function inWords({ ms, requests }: Cost): string {
  return `${(ms / SERVERS).toFixed(2)} ms and ${(requests / SERVERS).toFixed(1)} requests`;
}

function figuresOf(
  costs: readonly { readonly raw: Cost; readonly driver: Cost }[],
): readonly Figure[] {
  const of = (pick: (cost: (typeof costs)[number]) => number): number => median(costs.map(pick));
  return [
    figure(
      'start: bare calls, requests a server',
      of(({ raw }) => raw.requests / SERVERS),
      '',
    ),
    figure(
      'start: driver, requests a server',
      of(({ driver }) => driver.requests / SERVERS),
      '',
    ),
    figure(
      'start: bare calls, a server',
      of(({ raw }) => raw.ms / SERVERS),
      'ms',
    ),
    figure(
      'start: driver, a server',
      of(({ driver }) => driver.ms / SERVERS),
      'ms',
    ),
    figure(
      'start: requests of the driver to bare ones',
      of((cost) => cost.driver.requests / cost.raw.requests),
      '×',
      { most: 1.3 },
    ),
    figure(
      'start: time of the driver to bare calls',
      of((cost) => cost.driver.ms / cost.raw.ms),
      '×',
      { most: 1.3 },
    ),
  ];
}

/** What all servers have in common. */
interface Place {
  readonly host: string;
  readonly hostUuid: string;
  readonly network: string;
  readonly repository: string;
}

async function placeOf(raw: RawPool, driver: ComputeDriver): Promise<Place> {
  await converge(
    driver.segments,
    { uuid: NETWORK, epoch: 1 },
    { name: 'lan', segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 100 } },
  );
  const [host = ''] = refsIn(await raw.call('host.get_all'));
  const vlans = refsIn(await raw.call('network.get_by_name_label', 'lan'));
  const [pool = ''] = refsIn(await raw.call('pool.get_all'));
  return {
    host,
    hostUuid: refIn(await raw.call('host.get_uuid', host)),
    network: vlans[0] ?? '',
    repository: refIn(await raw.call('pool.get_default_SR', pool)),
  };
}

/** A disk that a server is made around. */
interface Disk {
  readonly n: number;
  readonly ref: string;
  readonly uuid: ResourceUuid;
}

async function disks(raw: RawPool, { repository }: Place, first: number): Promise<readonly Disk[]> {
  const made: Disk[] = [];
  for (let n = first; n < first + SERVERS; n += 1) {
    const ref = refIn(await raw.call('VDI.create', vdiRecord(`disk ${n}`, repository)));
    made.push({ n, ref, uuid: asUuid(refIn(await raw.call('VDI.get_uuid', ref))) });
  }
  return made;
}

async function byBareCalls(
  raw: RawPool,
  { host, network }: Place,
  made: readonly Disk[],
): Promise<Cost> {
  const before = raw.requests();
  const begin = performance.now();
  for (const { n, ref } of made) {
    const vm = refIn(await raw.call('VM.create', vmRecord(`server ${n}`)));
    // References die with the database that gave them: whoever is to find the server again needs its uuid.
    await raw.call('VM.get_uuid', vm);
    await raw.call('VBD.create', vbdRecord(vm, ref));
    await raw.call('VIF.create', vifRecord(vm, network, macAddress(n)));
    await finish(raw, await raw.call('Async.VM.start_on', vm, host, false, false));
  }
  return { ms: performance.now() - begin, requests: raw.requests() - before };
}

async function byDriver(
  driver: ComputeDriver,
  { hostUuid }: Place,
  made: readonly Disk[],
): Promise<Cost> {
  using count = countRequests();
  const begin = performance.now();
  for (const { n, uuid } of made) {
    const server: ServerDesired = {
      name: `server ${n}`,
      powerState: 'running',
      restarts: 0,
      host: asExternalId(hostUuid),
      bootMode: 'hvm',
      osType: 'linux',
      ramSizeMb: 512,
      cpuCount: 1,
      disks: [{ device: 0, volume: uuid }],
      nics: [{ device: 0, network: NETWORK, macAddress: macAddress(n), ipv4Address: '10.0.0.9' }],
    };
    // Named as the kernel names a server; its disk has a name of its own.
    const key = asUuid(`0190a000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);
    await converge(driver.servers, { uuid: key, epoch: 1 }, server);
  }
  return { ms: performance.now() - begin, requests: count.requests };
}
