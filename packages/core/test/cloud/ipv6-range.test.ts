import fc from 'fast-check';
import t from 'tap';
import {
  gatewayIpv6Of,
  isRouted,
  sendersOf,
  serverIpv6Address,
} from '../../dist/cloud/network/ipv6-range.js';
import { isWithin, parseCidr, parseIp } from '../../dist/model/ip-network.js';

const LOCAL = 'fd12:3456:789a::/64';

t.test('a server has the address that its card makes', async (t) => {
  // As in RFC 4291, appendix A: the second bit of the first byte is turned over, and ff:fe is put in the middle.
  t.equal(serverIpv6Address(LOCAL, '02:00:5e:10:00:07'), 'fd12:3456:789a::5eff:fe10:7');
  t.equal(serverIpv6Address(LOCAL, '00:16:3e:aa:bb:cc'), 'fd12:3456:789a:0:216:3eff:feaa:bbcc');
  t.equal(serverIpv6Address('2001:db8:77::/64', '02:00:00:00:00:00'), '2001:db8:77::ff:fe00:0');
  t.same(sendersOf(LOCAL, '02:00:5e:10:00:07'), [
    'fe80::5eff:fe10:7',
    serverIpv6Address(LOCAL, '02:00:5e:10:00:07'),
  ]);
});

t.test('no two cards have the same address, and none that of the gateway', async (t) => {
  const byte = fc.integer({ min: 0, max: 255 });
  const card = fc
    .tuple(byte, byte, byte, byte, byte, byte)
    .map((bytes) => bytes.map((each) => each.toString(16).padStart(2, '0')).join(':'));
  const network = parseCidr(LOCAL);
  const { failed } = fc.check(
    fc.property(card, card, (one, other) => {
      const [first, second] = [serverIpv6Address(LOCAL, one), serverIpv6Address(LOCAL, other)];
      const address = parseIp(first);
      return (
        (first === second) === (one === other) &&
        first !== gatewayIpv6Of(LOCAL) &&
        network !== undefined &&
        address !== undefined &&
        isWithin(address, network)
      );
    }),
  );
  t.notOk(failed);
});

t.test('routers outside know all networks but local ones', async (t) => {
  t.notOk(isRouted(LOCAL));
  t.ok(isRouted('2001:db8:77::/64'));
});
