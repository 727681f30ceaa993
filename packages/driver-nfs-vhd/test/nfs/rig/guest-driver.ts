// Usage: node guest-driver.js <port> <name>      A process in the guest that runs the driver on shares mounted there.
import { readFile } from 'node:fs/promises';
import { asFence, asOperationKey, type DriverCall, type StorageDriver } from '@gdcloud/core';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { serveHost } from './wire.js';

const drivers = new Map<string, StorageDriver>();

function driverOn(folder: string): StorageDriver {
  const driver = drivers.get(folder) ?? createNfsVhdDriver({ folder });
  drivers.set(folder, driver);
  return driver;
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
    const call: DriverCall = {
      signal: AbortSignal.timeout(patienceMs),
      deadline: Date.now() + patienceMs,
      fence: asFence('1'),
      operation: asOperationKey(operation),
    };
    // JSON knows no undefined.
    return driver[method]?.(...parameters.map((word) => word ?? undefined), call);
  },
  /** How long a look at a file takes that is on no share; milliseconds. */
  async elsewhere() {
    const start = performance.now();
    await readFile('/proc/uptime');
    return performance.now() - start;
  },
  pools: (folder: string) =>
    driverOn(folder).pools({
      signal: AbortSignal.timeout(60_000),
      deadline: Date.now() + 60_000,
      fence: asFence('1'),
      operation: asOperationKey('pools'),
    }),
});
