import {
  type Caller,
  CLOCK,
  type Cloud,
  createCloud,
  type Plugin,
  type Resource,
  STORE,
  systemClock,
} from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { KEY } from '../host/key.js';
import { type Gadgets, gadget, gadgetPlugin } from './gadgets.js';

/** The machine's time, which can be put forward: what is due some day is then due now. */
export class ForwardClock {
  #ahead = 0;

  /** Puts time forward. */
  skip(ms: number): void {
    this.#ahead += ms;
  }

  readonly plugin: Plugin = (container) => {
    container.register(CLOCK, {
      useValue: { ...systemClock, now: () => systemClock.now() + this.#ahead },
    });
  };
}

/** Tells when passes are recorded. */
export class RecordWatch {
  readonly #waiting = new Map<string, { readonly generation: number; seen(): void }>();
  readonly #reached = new Map<string, number>();
  /** How many records there were. */
  count = 0;

  /** Resolves once a pass has attempted this generation of the resource, or a later one. One call a resource at a time. */
  attempted({ uuid, generation }: Resource): Promise<void> {
    if ((this.#reached.get(uuid) ?? 0) >= generation) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(uuid, { generation, seen: resolve }));
  }

  /** Goes behind the plug-in of the store. */
  readonly plugin: Plugin = (container) => {
    const store = container.resolve(STORE);
    const watched: typeof store = {
      ...store,
      record: async (uuid, fence, version, record) => {
        const after = await store.record(uuid, fence, version, record);
        if (after !== undefined) this.#see(after);
        return after;
      },
    };
    container.register(STORE, { useValue: watched });
  };

  #see({ uuid, attemptedGeneration }: Resource): void {
    this.count += 1;
    this.#reached.set(uuid, attemptedGeneration);
    const waiting = this.#waiting.get(uuid);
    if (waiting === undefined || attemptedGeneration < waiting.generation) return;
    this.#waiting.delete(uuid);
    waiting.seen();
  }
}

/** A cloud on embedded defaults whose only work is gadgets. */
export interface WatchedCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly clock: ForwardClock;
  readonly records: RecordWatch;
  readonly administrator: Caller;
  account(name: string): Promise<Caller>;
  create(caller: Caller, count: number): Promise<readonly Resource[]>;
  resize(caller: Caller, id: string, size: number): Promise<Resource>;
  /** Resolves when there is nothing to do. */
  quiet(): Promise<void>;
}

/** Starts a cloud on the database `file`; others may have used it before, with the same `gadgets`. */
export async function startWatched(
  file: string,
  gadgets: Gadgets,
  work: 'done' | 'held',
): Promise<WatchedCloud> {
  const clock = new ForwardClock();
  const records = new RecordWatch();
  const cloud = createCloud({
    plugins: [
      sqlite({ file }),
      memoryDrivers().plugin,
      gadgetPlugin(gadgets, work),
      clock.plugin,
      records.plugin,
    ],
    replaceable: [CLOCK, STORE],
    pepper: new Uint8Array(16).fill(7),
    administratorKey: KEY,
  });
  await cloud.start();
  const administrator = await cloud.resources.authenticate(KEY.publicValue, KEY.secretValue);
  if (administrator === undefined) throw new Error('the administrator’s key opens nothing');
  return {
    cloud,
    clock,
    records,
    administrator,
    account: async (name) => {
      const { resource } = await cloud.resources.create(administrator, cloud.types.get('account'), {
        name,
      });
      return { account: resource.uuid, accountId: resource.id, accountName: name, kind: 'user' };
    },
    create: async (caller, count) => {
      const made: Resource[] = [];
      while (made.length < count) {
        const asked = Array.from({ length: Math.min(100, count - made.length) }, () =>
          cloud.resources.create(caller, gadget, {}),
        );
        made.push(...(await Promise.all(asked)).map(({ resource }) => resource));
      }
      return made;
    },
    resize: (caller, id, size) => cloud.resources.update(caller, gadget, id, { size }),
    quiet: async () => {
      while (cloud.load.queued + cloud.load.active > 0) await pause(20);
    },
    [Symbol.asyncDispose]: () => cloud.stop(),
  };
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
