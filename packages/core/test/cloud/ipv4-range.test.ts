import fc from 'fast-check';
import t from 'tap';
import { gatewayOf, serverAddresses } from '../../dist/cloud/network/ipv4-range.js';

t.test('the first address is the gateway’s', async (t) => {
  t.equal(gatewayOf('10.0.0.0/8'), '10.0.0.1');
  t.equal(gatewayOf('192.168.7.248/29'), '192.168.7.249');
});

t.test(
  'servers have all the others, but not the network’s own and not the broadcast address',
  async (t) => {
    t.same(
      [...serverAddresses('10.0.0.0/29', 0)],
      ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'],
    );
    t.same(
      [...serverAddresses('10.0.0.8/29', 0.5)],
      ['10.0.0.12', '10.0.0.13', '10.0.0.14', '10.0.0.10', '10.0.0.11'],
      'from somewhere in the middle, round to where it began',
    );
    t.equal([...serverAddresses('192.168.0.0/24', 0.99)].length, 253);
  },
);

t.test('the addresses of a large network are made one by one', async (t) => {
  const addresses = serverAddresses('10.0.0.0/8', 0.999_999_9)[Symbol.iterator]();
  t.equal(addresses.next().value, '10.255.255.253');
  t.equal(addresses.next().value, '10.255.255.254');
  t.equal(addresses.next().value, '10.0.0.2');
});

t.test('wherever it begins each address comes once', async (t) => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  fc.assert(
    fc.property(fc.integer({ min: 24, max: 29 }), fraction, (prefix, start) => {
      const all = [...serverAddresses(`192.168.0.0/${prefix}`, start)];
      return new Set(all).size === all.length && all.length === 2 ** (32 - prefix) - 3;
    }),
    { numRuns: 60, seed: 5 },
  );
  t.pass('60 networks');
});
