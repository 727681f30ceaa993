import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { asExternalId, asUuid, type ServerDesired } from '@gdcloud/core';
import { createXenserverDriver } from '@gdcloud/driver-xenserver';
import { withFolder } from '../measure.js';
import { type Figure, figure } from '../report/figure.js';
import { nextCall } from './converge.js';
import { countRequests } from './count-requests.js';
import { PASSWORD, startPool } from './pool-process.js';
import { type RawPool, rawPool, refIn, refsIn } from './raw-pool.js';
import { macAddress, vbdRecord, vdiRecord, vifRecord, vmRecord } from './server-record.js';
import type { XenserverOptions, XenserverPart } from './xenserver-part.js';

const SERVERS = 1_000;
/** How long the driver may take to know them all; milliseconds. */
const LIMIT = 60_000;

const OWN: ServerDesired = {
  name: 'own',
  powerState: 'halted',
  restarts: 0,
  host: asExternalId(''),
  bootMode: 'hvm',
  osType: 'linux',
  ramSizeMb: 512,
  cpuCount: 1,
  disks: [],
  nics: [],
};

/** What it takes in memory to know a pool. */
export const cachedServers: XenserverPart = {
  name: 'cache',
  what: `the memory that knowing ${SERVERS} servers takes`,
  measure: (options) => withFolder(options.folder, (folder) => measure(folder, options)),
};

async function measure(folder: string, { tell }: XenserverOptions): Promise<readonly Figure[]> {
  await using pool = await startPool(folder);
  await using raw = await rawPool(pool.url, PASSWORD);
  await furnish(raw);
  tell(`${SERVERS} servers with a disk and a card each`);
  const before = await heapMb();
  const driver = createXenserverDriver({ url: pool.url, username: 'root', password: PASSWORD });
  const over = new AbortController();
  const watching = driver.watch(() => undefined, { signal: over.signal });
  try {
    await known(driver);
    const after = await heapMb();
    return [figure(`cache: ${SERVERS} servers`, after - before, 'MB', { most: 60 })];
  } finally {
    over.abort();
    await watching.catch(() => undefined);
    await driver.close?.();
  }
}

async function furnish(raw: RawPool): Promise<void> {
  const [pool = ''] = refsIn(await raw.call('pool.get_all'));
  const repository = refIn(await raw.call('pool.get_default_SR', pool));
  const [network = ''] = refsIn(await raw.call('network.get_all'));
  for (let n = 0; n < SERVERS; n += 1) {
    const vdi = refIn(await raw.call('VDI.create', vdiRecord(`disk ${n}`, repository)));
    const vm = refIn(await raw.call('VM.create', vmRecord(`server ${n}`)));
    await raw.call('VBD.create', vbdRecord(vm, vdi));
    await raw.call('VIF.create', vifRecord(vm, network, macAddress(n)));
  }
}

/** Resolves when a look at a server takes one request at the most: all else of it is known. */
async function known(driver: ReturnType<typeof createXenserverDriver>): Promise<void> {
  const signal = AbortSignal.timeout(LIMIT);
  // One of its own: what is absent is always asked for.
  const key = { uuid: asUuid('0190a000-0000-7000-8000-0000000000ff'), epoch: 1 };
  await driver.servers.create(key, OWN, nextCall(signal));
  for (;;) {
    using count = countRequests();
    await driver.servers.observe(key, OWN, nextCall(signal));
    if (count.requests <= 1) return;
    await pause(100, undefined, { signal });
  }
}

/** The memory that is in use after everything that is not has been given back; MB. */
async function heapMb(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new TypeError('the engine has no gc');
  for (let turn = 0; turn < 4; turn += 1) {
    collect();
    await pause(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}
