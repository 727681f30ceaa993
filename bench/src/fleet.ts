import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cloudTarget } from './host/cloud-target.js';
import { type Looks, runLoad, type Target } from './load/load.js';
import { percentile } from './load/statistics.js';
import { withFolder } from './measure.js';
import { ServerProcess } from './process/server-process.js';

/** How long any server of a fleet may take; milliseconds. */
const PATIENCE = 120_000;

/** Hundreds of clients that look every few milliseconds would take the whole processor for themselves. */
export const SELDOM: Looks = { firstMs: 100, lastMs: 500 };

/** What asking for many servers at once came to. */
export interface Fleet {
  readonly running: number;
  readonly serversPerSecond: number;
  /** Of gdcloud's process alone. */
  readonly cpuMs: number;
  readonly p99: number;
  readonly memoryMb: number;
}

/** Asks for so many servers at the same moment, with all three drivers on a simulated pool. */
export function measureFleet(parent: string, servers: number): Promise<Fleet> {
  return withFleet(parent, async (cloud, target) => {
    const before = await cloud.usage();
    const load = await runLoad(target, {
      clients: servers,
      servers,
      patienceMs: PATIENCE,
      looks: SELDOM,
    });
    const after = await cloud.usage();
    return {
      running: servers - load.late,
      serversPerSecond: (servers - load.late) / load.seconds,
      cpuMs: (after.cpuMs - before.cpuMs) / servers,
      p99: percentile(load.latencies, 0.99),
      memoryMb: await cloud.memoryMb(),
    };
  });
}

/** Starts a cloud with all three drivers and the pool it works on, for as long as `work` takes. */
export function withFleet<Result>(
  parent: string,
  work: (cloud: ServerProcess, target: Target) => Promise<Result>,
): Promise<Result> {
  return withFolder(parent, async (folder) => {
    const share = join(folder, 'share');
    await mkdir(share);
    const simulator = await ServerProcess.start('host/simulator-host.js', [
      `--state=${join(folder, 'xapi')}`,
      `--share=${share}`,
    ]);
    try {
      const cloud = await ServerProcess.start('host/driver-host.js', [
        `--file=${join(folder, 'cloud.db')}`,
        `--xapi=http://127.0.0.1:${simulator.port}`,
        `--share=${share}`,
        `--plans=${join(folder, 'plans')}`,
      ]);
      try {
        return await work(cloud, await cloudTarget(cloud.port));
      } finally {
        await cloud[Symbol.asyncDispose]();
      }
    } finally {
      await simulator[Symbol.asyncDispose]();
    }
  });
}
