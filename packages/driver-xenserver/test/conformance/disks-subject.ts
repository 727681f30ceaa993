import type { DiskActual, DiskDesired, Driver } from '@gdcloud/core';
import type { Subject } from '@gdcloud/core/testing';
import type { DiskFile, DiskFiles } from '@gdcloud/driver-xenserver/simulator';
import { poolBackend } from './backend.js';
import type { Hear } from './line.js';

const GIB = 2 ** 30;
const root: DiskDesired = { name: 'root', sizeBytes: 40 * GIB };

/** The share that the storage driver works on, and that driver: a disk is only shown to a pool once its file is made. */
class Share implements DiskFiles {
  readonly #files = new Map<string, DiskFile>();
  /** Whether the storage driver can work. */
  state: 'there' | 'away' = 'there';

  async scan(): Promise<readonly DiskFile[]> {
    return [...this.#files.values()];
  }

  async remove(uuid: string): Promise<void> {
    this.#files.delete(uuid);
  }

  put(uuid: string, virtualBytes: number): void {
    if (this.state === 'away') return;
    this.#files.set(uuid, { uuid, virtualBytes, physicalBytes: 4096, hidden: false });
  }

  drop(uuid: string): void {
    this.#files.delete(uuid);
  }

  /** The disks of a pool, with the storage driver at work before each change, as the kernel has it. */
  before(disks: Driver<DiskDesired, DiskActual>): Driver<DiskDesired, DiskActual> {
    return {
      name: disks.name,
      backend: disks.backend,
      traits: disks.traits,
      observe: (key, desired, call) => disks.observe(key, desired, call),
      create: (key, desired, call) => {
        if (!this.#files.has(key.uuid)) this.put(key.uuid, desired.sizeBytes);
        return disks.create(key, desired, call);
      },
      update: (key, desired, change, call) => {
        if (this.#files.has(key.uuid)) this.put(key.uuid, desired.sizeBytes);
        return disks.update(key, desired, change, call);
      },
      delete: (key, call) => {
        this.drop(key.uuid);
        return disks.delete(key, call);
      },
      foresee: (desired, call) =>
        disks.foresee?.(desired, call) ?? Promise.reject(new Error('the disks foresee nothing')),
      list: (cursor, call) => disks.list(cursor, call),
    };
  }
}

/** Disks of a simulated pool as of a release, as the conformance kit examines them. */
export const disks = (release: string, begin: () => Hear): Subject<DiskDesired, DiskActual> => ({
  name: 'xenserver disks',
  specs: {
    valid: [root, { ...root, name: 'Daten · 内部', sizeBytes: 2 * 2 ** 20 }],
    changes: [[root, { ...root, sizeBytes: 80 * GIB }]],
    // Whatever the share holds can be shown: what makes no sense the storage driver refuses.
    invalid: [],
  },
  backend: (env) => {
    const share = new Share();
    let strangers = 0;
    const backend = poolBackend({
      env,
      release,
      begin,
      options: { files: share },
      className: 'VDI',
      identifiedBy: 'reference',
      driver: (compute) => share.before(compute.disks),
      // As the pool's own tools make disks: with a name made by chance.
      foreign: (name, { rows }) => {
        strangers += 1;
        const uuid = `5d1c0000-0000-4000-8000-00000000000${strangers}`;
        share.put(uuid, GIB);
        return { uuid, name_label: name, SR: rows.list('SR')[0]?.ref ?? '', managed: true };
      },
      destroyed: (external, { rows }) => {
        const found = rows.list('VDI').find(({ ref }) => ref === external);
        share.drop(String(found?.record['uuid']));
      },
    });
    return {
      ...backend,
      down: () => {
        share.state = 'away';
        backend.down?.();
      },
      up: () => {
        share.state = 'there';
        backend.up?.();
      },
    };
  },
});
