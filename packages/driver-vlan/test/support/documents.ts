import type { ApplianceDesired, SourceRule } from '@gdcloud/core';
import fc from 'fast-check';
import { DESIRED, uuid } from './fixtures.js';

const PUBLIC = ['203.0.113.11', '203.0.113.12', '198.51.100.9', '2001:db8::11', '2001:db8::12'];
const UPLINKS = ['ext', 'ext', 'other', 'ext', 'other'];
const RANGES = ['fd12:3456:789a::/64', '2001:db8:77::/64'];

const host = fc.integer({ min: 2, max: 254 });
const protocol = fc.constantFrom<'tcp' | 'udp'>('tcp', 'udp');
const publicAddress = fc.constantFrom(...PUBLIC);

const isIpv6 = (text: string): boolean => text.includes(':');

// Of the version of a public address; which range of IPv6 there is, is known at last.
function serverAddress(host: number, publicAddress: string): string {
  return isIpv6(publicAddress) ? `::${host.toString(16)}` : `192.168.0.${host}`;
}

/** Numbers from 1 to `count`, some of them. */
function some(count: number): fc.Arbitrary<readonly number[]> {
  return fc.subarray(Array.from({ length: count }, (_, nth) => nth + 1));
}

/** One value each of `values` for the numbers of a list. */
function each<Value>(
  numbers: readonly number[],
  value: (number: number) => fc.Arbitrary<Value>,
): fc.Arbitrary<readonly Value[]> {
  return fc.tuple(...numbers.map(value));
}

// The n-th forward has ports of its own, so that none is taken twice.
const forwards = some(8).chain((numbers) =>
  each(numbers, (nth) =>
    fc
      .record({
        protocol,
        publicAddress,
        length: fc.constantFrom(1, 1, 1, 3),
        shift: fc.constantFrom(0, 0, 7),
        host,
      })
      .map(({ length, shift, host: number, ...rest }) => ({
        uuid: uuid(100 + nth),
        generation: 1,
        publicStartPort: nth * 10,
        publicEndPort: nth * 10 + length - 1,
        privateStartPort: nth * 10 + shift,
        privateAddress: serverAddress(number, rest.publicAddress),
        ...rest,
      })),
  ),
);

const balancers = some(3).chain((numbers) =>
  each(numbers, (nth) =>
    fc
      .record({
        protocol,
        publicAddress,
        privatePort: fc.constantFrom(80, 8080),
        algorithm: fc.constantFrom<'roundRobin' | 'source'>('roundRobin', 'source'),
        backends: some(6).chain((servers) =>
          each(servers, (server) =>
            fc.integer({ min: 0, max: 100 }).map((weight) => ({
              server: uuid(server),
              host: 100 + server,
              weight,
            })),
          ),
        ),
      })
      .map(({ backends, ...rest }) => ({
        backends: backends.map(({ host: number, ...backend }) => ({
          ...backend,
          privateAddress: serverAddress(number, rest.publicAddress),
        })),
        uuid: uuid(200 + nth),
        generation: 1,
        publicPort: 1000 + nth,
        check: null,
        ...rest,
      })),
  ),
);

/** Ranges and ports that overlap in every way. */
export const sourceRules: fc.Arbitrary<readonly SourceRule[]> = some(6).chain((numbers) =>
  each(numbers, (nth) =>
    fc
      .record({
        direction: fc.constantFrom<'in' | 'out'>('in', 'out'),
        action: fc.constantFrom<'allow' | 'deny'>('allow', 'deny'),
        publicAddress: fc.option(publicAddress),
        protocol: fc.constantFrom<SourceRule['protocol']>('tcp', 'udp', 'any'),
        cidr: fc.constantFrom(
          '0.0.0.0/0',
          '10.0.0.0/8',
          '10.1.0.0/16',
          '10.1.2.3/32',
          '128.0.0.0/1',
          '255.255.255.255/32',
          '0.0.0.0/32',
          '::/0',
          '2001:db8::/32',
          '2001:db8:1::/48',
          '2001:db8:1::7/128',
          '8000::/1',
          'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128',
          '::/128',
          '::/100',
        ),
        ports: fc.option(fc.constantFrom([1, 65_535], [80, 80], [79, 81], [81, 443], [443, 9000])),
      })
      .map(({ ports, publicAddress: address, ...rest }) => ({
        uuid: uuid(300 + nth),
        generation: 1,
        publicAddress: address !== null && isIpv6(address) === isIpv6(rest.cidr) ? address : null,
        startPort: ports?.[0] ?? null,
        endPort: ports?.[1] ?? null,
        ...rest,
      })),
  ),
);

const leases = some(5).chain((numbers) =>
  each(numbers, (nth) =>
    fc.constantFrom('02:00:00:00:01:', '02:00:00:00:02:').map((mac) => ({
      uuid: uuid(400 + nth),
      generation: 1,
      macAddress: `${mac}0${nth}`,
      ipv4Address: `192.168.0.${10 + nth}`,
      ipv6Address: serverAddress(16 + nth, '::'),
      hostname: `server-${nth}`,
    })),
  ),
);

/** Documents of one network that have much in common, and everything that a document can have. */
export const documents: fc.Arbitrary<ApplianceDesired> = fc
  .record({
    revision: fc.nat(),
    outgoingAddress: fc.option(fc.constantFrom(...PUBLIC.filter((text) => !isIpv6(text)))),
    outgoingIpv6Address: fc.option(fc.constantFrom(...PUBLIC.filter(isIpv6))),
    forwards,
    balancers,
    rules: sourceRules,
    leases,
    ipv6Cidr: fc.constantFrom(null, ...RANGES),
    rateLimitMbit: fc.constantFrom(null, 100),
  })
  .map(({ forwards: ports, balancers: spread, leases: leased, ...parts }) => {
    const { ipv6Cidr } = parts;
    // A server without an address of a version has nothing of it.
    const inRange = (address: string): string =>
      isIpv6(address) ? `${ipv6Cidr?.replace('::/64', '') ?? ''}${address}` : address;
    const isServed = (each: { readonly publicAddress: string }): boolean =>
      ipv6Cidr !== null || !isIpv6(each.publicAddress);
    return {
      ...DESIRED,
      publicAddresses: PUBLIC.map((address, nth) => ({
        uuid: uuid(500 + nth),
        generation: 1,
        address,
        prefixLength: 24,
        gateway: address.replace(/\d+$/, '1'),
        uplink: UPLINKS[nth] ?? '',
      })),
      ...parts,
      forwards: ports.filter(isServed).map((each) => ({
        ...each,
        privateAddress: inRange(each.privateAddress),
      })),
      balancers: spread.filter(isServed).map((each) => ({
        ...each,
        backends: each.backends.map((backend) => ({
          ...backend,
          privateAddress: inRange(backend.privateAddress),
        })),
      })),
      leases: leased.map((lease) => ({
        ...lease,
        ipv6Address: ipv6Cidr === null ? null : inRange(lease.ipv6Address),
      })),
    };
  });
