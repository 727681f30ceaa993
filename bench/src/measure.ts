import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cloudTarget } from './host/cloud-target.js';
import { runLoad, type Target } from './load/load.js';
import { percentile } from './load/statistics.js';
import { ServerProcess } from './process/server-process.js';

/** What is measured. */
export type System = 'floor' | 'gdcloud';

/** How each round is run. */
export interface RoundOptions {
  readonly servers: number;
  readonly clients: number;
  /** Started before anything is measured, so that the code is compiled and the caches are full. */
  readonly warmUp: number;
  /** Started one at a time. */
  readonly single: number;
  readonly synchronous: 'full' | 'normal';
  /** Where databases are put: on the disk that is to be measured. */
  readonly folder: string;
}

/** What one round showed. */
export interface Round {
  readonly serversPerSecond: number;
  readonly cpuMs: number;
  readonly p50: number;
  readonly p99: number;
  readonly singleP50: number;
  readonly singleP99: number;
  readonly memoryMb: number;
  readonly polls: number;
}

/** Starts a system on an empty database of its own, warms it up, and measures it. */
export async function measureRound(system: System, options: RoundOptions): Promise<Round> {
  return withFolder(options.folder, async (folder) => {
    const { process, target } = await start(system, folder, options.synchronous);
    try {
      const { clients, servers, warmUp, single } = options;
      await runLoad(target, { clients, servers: warmUp });
      const before = await process.usage();
      const load = await runLoad(target, { clients, servers });
      const after = await process.usage();
      const memoryMb = await process.memoryMb();
      const alone = await runLoad(target, { clients: 1, servers: single });
      if (load.late + alone.late > 0) throw new Error(`${system}: servers did not run in time`);
      return {
        serversPerSecond: servers / load.seconds,
        cpuMs: (after.cpuMs - before.cpuMs) / servers,
        p50: percentile(load.latencies, 0.5),
        p99: percentile(load.latencies, 0.99),
        singleP50: percentile(alone.latencies, 0.5),
        singleP99: percentile(alone.latencies, 0.99),
        memoryMb,
        polls: load.polls / servers,
      };
    } finally {
      await process[Symbol.asyncDispose]();
    }
  });
}

/** SQL statements of gdcloud's process for each server started one at a time, by text, with a single look by the client. */
export async function measureStatements(
  folder: string,
  servers: number,
): Promise<ReadonlyMap<string, number>> {
  return withFolder(folder, async (own) => {
    const process = await startNullHost(own, 'normal', 'host/count-sql.js');
    try {
      const target = await cloudTarget(process.port);
      const { statements: before } = await process.usage();
      await runLoad(target, { clients: 1, servers, looks: { firstMs: 100, lastMs: 100 } });
      const { statements: after } = await process.usage();
      const each = Object.entries(after).map(
        ([sql, count]) => [sql, (count - (before[sql] ?? 0)) / servers] as const,
      );
      return new Map(each.filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]));
    } finally {
      await process[Symbol.asyncDispose]();
    }
  });
}

/** Starts gdcloud on drivers that keep everything in memory. */
export function startNullHost(
  folder: string,
  synchronous: string,
  preloaded?: string,
): Promise<ServerProcess> {
  const parameters = ['--file', join(folder, 'cloud.db'), '--synchronous', synchronous];
  return ServerProcess.start('host/null-host.js', parameters, preloaded);
}

/** Runs `work` with a folder of its own below `parent`, which is removed afterwards. */
export async function withFolder<Result>(
  parent: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(parent, 'gdcloud-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function start(
  system: System,
  folder: string,
  synchronous: 'full' | 'normal',
): Promise<{ readonly process: ServerProcess; readonly target: Target }> {
  if (system === 'floor') {
    const parameters = ['--file', join(folder, 'floor.db'), '--synchronous', synchronous];
    const process = await ServerProcess.start('floor/floor-server.js', parameters);
    return { process, target: floorTarget(process.port) };
  }
  const process = await startNullHost(folder, synchronous);
  return { process, target: await cloudTarget(process.port) };
}

function floorTarget(port: number): Target {
  return {
    port,
    headers: {},
    path: '/servers',
    form: (index) => `name=server-${index}&offering=1gb-1cpu&imageId=1&networkId=1`,
  };
}
