import { type DependencyContainer, NETWORK } from '@gdcloud/core';
import { createVlanDriver, vlan } from '@gdcloud/driver-vlan';
import { test } from 'tap';
import { uuid } from './support/fixtures.js';

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

test('the plug-in registers a network driver under NETWORK and touches nothing', async (t) => {
  const registered = new Map<unknown, unknown>();
  const register = (token: unknown, provider: unknown): unknown => registered.set(token, provider);
  // The only method a plug-in may use.
  vlan({ folder: '/nowhere/at/all' })({ register } as unknown as DependencyContainer);
  t.match(registered.get(NETWORK), { useValue: { name: 'vlan' } });
});
