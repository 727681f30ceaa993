import fc from 'fast-check';
import t from 'tap';
import { type PortClaim, portConflicts } from '../../../dist/cloud/network/port-conflicts.js';
import { hostnames } from '../../../dist/cloud/virtualmachine/lease.js';
import { resource, uuid } from '../../support/resources.js';

function claim(n: number, created: number, first: number, last: number, more = {}): PortClaim {
  const by = { ...resource(), uuid: uuid(n), id: String(n), type: 'portforward', created };
  return { by, address: '203.0.113.7', protocol: 'tcp', first, last, ...more } as PortClaim;
}

t.test('of two that ask for one port the older has it', async (t) => {
  const conflicts = portConflicts([
    claim(1, 7, 80, 90),
    claim(2, 5, 85, 85),
    claim(3, 9, 91, 99),
    claim(4, 9, 80, 80, { protocol: 'udp' }),
    claim(5, 9, 80, 80, { address: '203.0.113.8' }),
  ]);
  t.same([...conflicts.keys()], [uuid(1)]);
  t.match(conflicts.get(uuid(1)), { with: uuid(2), message: /port 85 of 203\.0\.113\.7/ });
  const [twins] = portConflicts([claim(2, 5, 1, 1), claim(1, 5, 1, 1)]);
  t.equal(twins?.[0], uuid(2), 'of one age the first by name');
});

t.test(
  'what is let in shares no port, and what is left out shares one with something older',
  async () => {
    const ports = fc.tuple(fc.nat(60), fc.nat(8), fc.nat(3));
    fc.assert(
      fc.property(fc.array(ports, { maxLength: 40 }), (asked) => {
        const claims = asked.map(([first, more, created], n) =>
          claim(n + 1, created, first, first + more),
        );
        const conflicts = portConflicts(claims);
        const overlap = (one: PortClaim, other: PortClaim): boolean =>
          one !== other && one.first <= other.last && other.first <= one.last;
        const isIn = ({ by }: PortClaim): boolean => !conflicts.has(by.uuid);
        for (const each of claims) {
          const others = claims.filter((other) => isIn(other) && overlap(each, other));
          if (isIn(each) && others.length > 0) return false;
          const holder = conflicts.get(each.by.uuid)?.with;
          if (!isIn(each) && !others.some(({ by }) => by.uuid === holder)) return false;
        }
        return true;
      }),
    );
  },
);

t.test('a server’s name is made one that DNS can say', async (t) => {
  const first = (name: string | null): string | undefined => {
    const [hostname] = hostnames({ ...resource(), name, id: '7' } as never);
    return hostname;
  };
  const rows: readonly (readonly [string | null, string])[] = [
    ['web', 'web'],
    ['Web Server 1', 'web-server-1'],
    ['zürich', 'zu-rich'],
    ['-a.b_c-', 'a-b-c'],
    ['$(reboot)', 'reboot'],
    ['\n\naddress=/evil/', 'address-evil'],
    ['日本', 'server-7'],
    [null, 'server-7'],
    ['x'.repeat(200), 'x'.repeat(58)],
  ];
  for (const [name, expected] of rows) t.equal(first(name), expected, String(name));
  const [, second, third] = hostnames({ name: 'web', id: '1' } as never);
  t.same([second, third], ['web-2', 'web-3']);
});
