// Usage: node guest-driver.js <port> <name>      A process in the guest that runs the driver on shares mounted there.
import { readFile } from 'node:fs/promises';
import {
  asFence,
  asOperationKey,
  type DriverCall,
  type ResourceUuid,
  type StorageDriver,
  type UpkeepRequest,
} from '@gdcloud/core';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { clockAhead } from '../../support/keep-up-rounds.js';
import { serveHost } from './wire.js';

const PATIENCE_MS = 60_000;
const drivers = new Map<string, StorageDriver>();
let ahead = 0;
const clock = clockAhead(() => ahead);

function driverOn(folder: string): StorageDriver {
  const upkeep = { bytesPerSecond: 2 ** 32 };
  const driver = drivers.get(folder) ?? createNfsVhdDriver({ folder, upkeep }, { clock });
  drivers.set(folder, driver);
  return driver;
}

function callWithin(patienceMs: number, operation: string): DriverCall {
  return {
    signal: AbortSignal.timeout(patienceMs),
    deadline: clock.now() + patienceMs,
    fence: asFence('1'),
    operation: asOperationKey(operation),
  };
}

type Method = (...parameters: readonly unknown[]) => Promise<unknown>;

serveHost(Number(process.argv[2]), process.argv[3] ?? '', {
  async driver(
    folder: string,
    part: 'images' | 'volumes' | 'configDrives' | 'snapshots',
    method: string,
    parameters: readonly unknown[],
    operation: string,
    patienceMs: number,
  ) {
    const driver = driverOn(folder)[part] as unknown as Readonly<Record<string, Method>>;
    // JSON knows no undefined.
    return driver[method]?.(
      ...parameters.map((word) => word ?? undefined),
      callWithin(patienceMs, operation),
    );
  },
  /** How long a look at a file takes that is on no share; milliseconds. */
  async elsewhere() {
    const start = performance.now();
    await readFile('/proc/uptime');
    return performance.now() - start;
  },
  pools: (folder: string) => driverOn(folder).pools(callWithin(PATIENCE_MS, 'pools')),
  async upkeep(
    folder: string,
    request: Omit<UpkeepRequest, 'disks'> & { readonly disks: readonly [ResourceUuid, 'closed'][] },
    aheadMs: number,
  ) {
    ahead = Math.max(ahead, aheadMs);
    const disks = new Map(request.disks);
    return driverOn(folder).upkeep?.({ ...request, disks }, callWithin(PATIENCE_MS, 'upkeep'));
  },
});
