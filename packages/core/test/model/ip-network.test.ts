import t from 'tap';
import { FORMATS } from '../../dist/model/format.js';
import { ipText, parseCidr, parseIp, reservedWithin } from '../../dist/model/ip-network.js';

t.test('an address has one text, and only that is taken', async (t) => {
  for (const text of ['0.0.0.0', '203.0.113.7', '255.255.255.255', '::', '::1', '2001:db8::7']) {
    const address = parseIp(text);
    t.equal(address && ipText(address), text);
  }
  const wrong = [
    '',
    '203.0.113.07',
    '203.0.113',
    '203.0.113.256',
    '0x7f.0.0.1',
    '2130706433',
    '203.0.113.7 ',
    '2001:DB8::7',
    '2001:0db8::7',
    '2001:db8:0:0::7',
    '::ffff:203.0.113.7',
    '::ffff:cb00:7107',
    '::203.0.113.7',
    'fe80::1%eth0',
    '2001:db8::7%eth0',
    '[::1]',
    'localhost',
  ];
  for (const text of wrong) t.equal(parseIp(text), undefined, text);
});

t.test('a network is its first address and a prefix', async (t) => {
  t.match(parseCidr('203.0.113.0/24'), { version: 4, prefixLength: 24 });
  t.match(parseCidr('0.0.0.0/0'), { first: 0n, last: 2n ** 32n - 1n });
  t.match(parseCidr('2001:db8::/32'), { version: 6, prefixLength: 32 });
  t.match(parseCidr('::/0'), { first: 0n, last: 2n ** 128n - 1n });
  for (const text of [
    '203.0.113.0',
    '203.0.113.1/24',
    '203.0.113.0/33',
    '203.0.113.0/024',
    '203.0.113.0/-1',
    '203.0.113.0/24/24',
    '2001:db8::1/32',
    '2001:db8::/129',
    '::ffff:203.0.113.0/120',
  ])
    t.equal(parseCidr(text), undefined, text);
});

t.test('what no host can be reached by is reserved', async (t) => {
  for (const text of [
    '0.1.0.0/16',
    '127.0.0.0/8',
    '169.254.1.0/24',
    '224.0.0.0/4',
    '255.255.255.255/32',
    '128.0.0.0/1',
    '::1/128',
    'fe80::/64',
    'ff02::/16',
    '::/0',
  ]) {
    const network = parseCidr(text);
    t.ok(network && reservedWithin(network), text);
  }
  for (const text of ['203.0.113.0/24', '10.0.0.0/8', '2001:db8::/32', 'fd00::/8']) {
    const network = parseCidr(text);
    t.equal(network && reservedWithin(network), undefined, text);
  }
});

t.test('formats of networking take what they name, and nothing like it', async (t) => {
  const key = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
  const good: readonly (readonly [keyof typeof FORMATS, string])[] = [
    ['ip', '203.0.113.7'],
    ['cidr', '::/0'],
    ['host-cidr', '2001:db8::/64'],
    ['ipv6-cidr', 'fd12:3456:789a::/64'],
    ['ipv6-cidr', '2001:db8::/64'],
    ['wireguard-key', key],
    ['endpoint', '[2001:db8::7]:51820'],
    ['url-path', '/healthz?deep=1'],
  ];
  for (const [format, text] of good) t.ok(FORMATS[format](text), `${format} ${text}`);
  const bad: readonly (readonly [keyof typeof FORMATS, string])[] = [
    ['ip', '127.0.0.1'],
    ['host-cidr', '0.0.0.0/0'],
    ['ipv6-cidr', 'fd12:3456:789a::/48'],
    ['ipv6-cidr', '2001:db8::/63'],
    ['ipv6-cidr', '2001:db8::/65'],
    ['ipv6-cidr', 'fc00::/64'],
    ['ipv6-cidr', 'fe80::/64'],
    ['ipv6-cidr', 'ff02::/64'],
    ['ipv6-cidr', '::/64'],
    ['ipv6-cidr', '64:ff9b::/64'],
    ['ipv6-cidr', '4000::/64'],
    ['ipv6-cidr', '2001:DB8::/64'],
    ['ipv6-cidr', '2001:0db8::/64'],
    ['ipv6-cidr', 'fd12:3456:789a::%eth0/64'],
    ['ipv6-cidr', 'fd12:3456:789a::1/64'],
    ['wireguard-key', key.replace('g=', 'h=')],
    ['wireguard-key', `${key}\n`],
    ['endpoint', '2001:db8::7:51820'],
    ['endpoint', '203.0.113.7:99999'],
    ['url-path', '/a b'],
    ['url-path', '/a\r\nHost: b'],
  ];
  for (const [format, text] of bad) t.notOk(FORMATS[format](text), `${format} ${text}`);
});
