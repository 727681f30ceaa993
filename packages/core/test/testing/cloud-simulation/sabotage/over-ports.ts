import type { Driver, LockService, Plugin, Store } from '@gdcloud/core';
import { COMPUTE, LOCK_SERVICE, NETWORK, STORAGE, STORE } from '../../../../dist/ports/tokens.js';
import type { Tamper } from '../../../../dist/testing/cloud-simulation/simulation-options.js';
import type { MemoryStore } from '../../../../dist/testing/simulator/memory-store.js';

/** Puts other methods in the place of some of the database's own, the same for all processes. */
export function overDatabase(change: (store: MemoryStore) => Partial<Store>): Tamper {
  return {
    store: (store) => {
      const port: Store = store;
      return { ...port, ...change(store) };
    },
  };
}

/** Makes another driver of each, whatever it keeps. */
export type DriverChange = <Desired, Actual>(
  driver: Driver<Desired, Actual>,
) => Driver<Desired, Actual>;

/** Puts `change` over every driver of a process; it is called anew for each process. */
export function overDrivers(change: () => DriverChange): Tamper {
  return {
    plugin: (container) => {
      const over = change();
      const compute = container.resolve(COMPUTE);
      const storage = container.resolve(STORAGE);
      const network = container.resolve(NETWORK);
      const { servers, segments, disks } = compute;
      container.register(COMPUTE, {
        useValue: {
          ...compute,
          servers: over(servers),
          segments: over(segments),
          disks: over(disks),
        },
      });
      const { images, volumes, configDrives } = storage;
      container.register(STORAGE, {
        useValue: {
          ...storage,
          images: over(images),
          volumes: over(volumes),
          configDrives: configDrives && over(configDrives),
        },
      });
      container.register(NETWORK, {
        useValue: { ...network, appliances: over(network.appliances) },
      });
    },
  };
}

/** The store and the locks as one process has them. */
export interface Ports {
  readonly store: Store;
  readonly locks: LockService;
}

/** Puts other methods in the place of some that one process has; `change` is called anew for each process. */
export function overPorts(
  change: (ports: Ports) => {
    readonly store?: Partial<Store>;
    readonly locks?: Partial<LockService>;
  },
): Plugin {
  return (container) => {
    const store = container.resolve(STORE);
    const locks = container.resolve(LOCK_SERVICE);
    const changed = change({ store, locks });
    container.register(STORE, { useValue: { ...store, ...changed.store } });
    container.register(LOCK_SERVICE, { useValue: { ...locks, ...changed.locks } });
  };
}
