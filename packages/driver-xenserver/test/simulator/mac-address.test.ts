import t from 'tap';
import { isMacAddress, macAddressFrom } from '../../dist/simulator/mac-address.js';

const SEED = '3f0b1e4e-6a9c-4f0e-9d41-0a4f1f6d0d5b';

t.test('made-up addresses are local, not multicast, and follow from seed and number', async (t) => {
  for (let device = 0; device < 8; device += 1) {
    const address = macAddressFrom(SEED, device);
    t.ok(isMacAddress(address));
    const first = Number.parseInt(address.slice(0, 2), 16);
    t.equal(first & 0b11, 0b10);
    t.equal(macAddressFrom(SEED, device), address);
  }
  const addresses = Array.from({ length: 8 }, (_, device) => macAddressFrom(SEED, device));
  t.equal(new Set(addresses).size, 8);
  t.not(macAddressFrom('another', 0), addresses[0]);
});

t.test('an address is six pairs with colons, whatever its bits say', async (t) => {
  for (const text of ['00:16:3E:00:00:01', 'ff:ff:ff:ff:ff:ff']) t.ok(isMacAddress(text), text);
  for (const text of ['', 'zz', '0016.3e00.0003', '00-16-3e-00-00-04', '00:16:3e:00:00:01 '])
    t.notOk(isMacAddress(text), text);
});
