import type { DriverCall, StorageDriver, UpkeepRequest } from '@gdcloud/core';
import type { Wire } from './wire.js';

/**
 * The driver in a process in the guest, for the share at `folder` there. Each call has `patienceMs`; for upkeep the time is `aheadMs`
 * ahead.
 */
export function remoteDriver(
  wire: Wire,
  folder: string,
  patienceMs = 60_000,
  aheadMs = 0,
): StorageDriver {
  const part = (name: string): object =>
    new Proxy(
      {},
      {
        get:
          (_target, method) =>
          (...words: readonly unknown[]) => {
            const { operation } = words.at(-1) as DriverCall;
            const parameters = words.slice(0, -1);
            return wire.call('driver', folder, name, method, parameters, operation, patienceMs);
          },
      },
    );
  // The other end calls the very driver: what it answers is what the contract says.
  return {
    name: 'remote',
    images: part('images'),
    volumes: part('volumes'),
    snapshots: part('snapshots'),
    configDrives: part('configDrives'),
    pools: () => wire.call('pools', folder),
    upkeep: ({ disks, ...request }: UpkeepRequest) =>
      wire.call('upkeep', folder, { ...request, disks: [...disks] }, aheadMs),
  } as StorageDriver;
}
