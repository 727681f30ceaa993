import {
  CLOCK,
  type DependencyContainer,
  RANDOM,
  STORAGE,
  type StorageDriver,
  systemClock,
  systemRandom,
} from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { test } from 'tap';
import { call, GIB, keyOf, uuid } from './support/fixtures.js';

const CREATED = Date.UTC(2026, 0, 1);
const clock = { ...systemClock, now: () => CREATED };

// The only methods a plug-in may use.
class Container {
  readonly #ports = new Map<unknown, unknown>([
    [CLOCK, clock],
    [RANDOM, { ...systemRandom, bytes: (count: number) => new Uint8Array(count).fill(7) }],
  ]);
  #factory: ((container: Container) => StorageDriver) | undefined;

  register(
    token: unknown,
    provider: { readonly useFactory: (container: Container) => StorageDriver },
  ): void {
    if (token === STORAGE) this.#factory = provider.useFactory;
  }

  resolve(token: unknown): unknown {
    return token === STORAGE ? this.#factory?.(this) : this.#ports.get(token);
  }

  get storage(): StorageDriver | undefined {
    return this.#factory?.(this);
  }
}

test('the plug-in registers one storage driver under STORAGE and touches nothing', async (t) => {
  const container = new Container();
  nfsVhd({ folder: '/nowhere/at/all', name: 'main' })(container as unknown as DependencyContainer);
  const one = { backend: 'main' };
  t.match(container.storage, { name: 'main', volumes: one, images: one });
  t.equal(container.storage, container.storage);
  const another = new Container();
  nfsVhd({ folder: '/nowhere/at/all', name: 'main' })(another as unknown as DependencyContainer);
  t.not(another.storage, container.storage, 'each cloud has its own');
});

test("a cloud's own time and chance are used", async (t) => {
  const container = new Container();
  const disk = new MemoryDisk({ clock });
  const files = new MemoryFileSystem(disk);
  nfsVhd({ folder: '/share' }, { files })(container as unknown as DependencyContainer);
  await container.storage?.volumes.create(keyOf(1), { name: 'v', sizeBytes: GIB }, call());
  const marker = await files.open('/share/.gdcloud/share');
  const text = Buffer.alloc(200);
  await marker.readAt(text, 0);
  t.match(text.toString(), '{"gdcloudShare":"07070707-0707-4707-8707-070707070707"}');
  const file = await files.open(`/share/${uuid(1)}.vhd`);
  const footer = Buffer.alloc(512);
  await file.readAt(footer, 0);
  t.equal(footer.readUInt32BE(24), CREATED / 1000 - 946_684_800);
});
