import {
  type DependencyContainer,
  NETWORK,
  type NetworkDriver,
  RANDOM,
  systemClock,
  systemRandom,
} from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createVlanDriver, vlan } from '@gdcloud/driver-vlan';
import { MemoryRecordFiles } from '@gdcloud/driver-vlan/testing';
import { test } from 'tap';
import { call, DESIRED, keyOf, uuid } from './support/fixtures.js';
import { wrappedFiles } from './support/wrapped-files.js';

const driver = createVlanDriver({ folder: '/nowhere/at/all' });

test('by default VLANs 100 to 3999 of physnet1 are ours', async (t) => {
  t.same(driver.physicalNetworks, [{ name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 }]);
});

test("a card's address is stable, local and unicast, and every try gives another", async (t) => {
  const seen = new Set<string>();
  for (let server = 0; server < 20; server += 1) {
    for (let device = 0; device < 5; device += 1) {
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const address = driver.macAddress({ server: uuid(server), device, attempt });
        t.match(address, /^02(:[0-9a-f]{2}){5}$/);
        t.equal(address, driver.macAddress({ server: uuid(server), device, attempt }));
        seen.add(address);
      }
    }
  }
  t.equal(seen.size, 500);
});

test('the plug-in registers one network driver under NETWORK and touches nothing', async (t) => {
  const container = new Container();
  vlan({ folder: '/nowhere/at/all' })(container as unknown as DependencyContainer);
  t.match(container.network, { name: 'vlan', appliances: { backend: 'vlan' } });
  t.equal(container.network, container.network);
});

test("a cloud's own chance is used", async (t) => {
  const container = new Container();
  const files = new MemoryRecordFiles(new MemoryDisk({ clock: systemClock }));
  const written: string[] = [];
  const watched = wrappedFiles(files, (call, path, work) => {
    if (call === 'write') written.push(path);
    return work();
  });
  vlan({ folder: '/plans' }, { files: watched })(container as unknown as DependencyContainer);
  await container.network?.appliances.create(keyOf(1), DESIRED, call());
  t.same(written, [
    `/plans/${uuid(1)}.1.0707070707070707.tmp/life-0707070707070707`,
    `/plans/${uuid(1)}.1.0707070707070707.tmp/0707070707070707.1.plan`,
  ]);
});

// The only methods a plug-in may use.
class Container {
  #factory: ((container: Container) => NetworkDriver) | undefined;

  register(
    token: unknown,
    provider: { readonly useFactory: (container: Container) => NetworkDriver },
  ): void {
    if (token === NETWORK) this.#factory = provider.useFactory;
  }

  resolve(token: unknown): unknown {
    if (token !== RANDOM) return undefined;
    return { ...systemRandom, bytes: (count: number) => new Uint8Array(count).fill(7) };
  }

  get network(): NetworkDriver | undefined {
    return this.#factory?.(this);
  }
}
