import t from 'tap';
import { FORMATS, isDomain, isIpv4, isPrivateIpv4Cidr } from '../../dist/model/format.js';

t.test('an IPv4 address is four plain decimal numbers and nothing else', async (t) => {
  for (const good of ['0.0.0.0', '10.0.0.1', '192.168.255.255', '255.255.255.255', '1.2.3.4'])
    t.ok(isIpv4(good), good);
  for (const bad of [
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.04',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '256.1.1.1',
    '1.2.3.999',
    '-1.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '1.2.3.4/8',
    '::ffff:1.2.3.4',
    '2130706433',
    '１.2.3.4',
    '1..2.3',
    '1.2.3.',
    '1.2.3.4\u0000',
  ])
    t.notOk(isIpv4(bad), JSON.stringify(bad));
});

t.test('a network is a private one, /8 to /29, with host bits zero', async (t) => {
  for (const good of [
    '10.0.0.0/8',
    '10.1.2.0/24',
    '10.0.0.8/29',
    '172.16.0.0/12',
    '172.31.255.0/24',
    '192.168.0.0/16',
    '192.168.7.248/29',
    '100.64.0.0/10',
    '100.127.255.0/24',
  ])
    t.ok(isPrivateIpv4Cidr(good), good);
  for (const bad of [
    '',
    '/',
    '10.0.0.0',
    '10.0.0.0/',
    '/8',
    '10.0.0.0/7',
    '10.0.0.0/30',
    '10.0.0.0/32',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/+8',
    '10.0.0.0/-8',
    '10.0.0.0/8 ',
    '10.0.0.0/255.0.0.0',
    '10.0.0.1/24',
    '10.0.0.4/29',
    '10.0.0.0/1e1',
    '8.8.8.0/24',
    '172.15.0.0/16',
    '172.32.0.0/16',
    '192.169.0.0/16',
    '100.63.0.0/16',
    '100.128.0.0/16',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '224.0.0.0/8',
    '0.0.0.0/8',
    '010.0.0.0/8',
    'fd00::/8',
  ])
    t.notOk(isPrivateIpv4Cidr(bad), JSON.stringify(bad));
});

t.test('a network lies inside a private range with all its addresses', async (t) => {
  for (const wide of [
    '172.0.0.0/8',
    '192.0.0.0/8',
    '172.16.0.0/11',
    '192.168.0.0/13',
    '192.168.0.0/15',
    '100.64.0.0/9',
  ])
    t.notOk(isPrivateIpv4Cidr(wide), wide);
});

t.test('a domain is lower-case labels of 1 to 63 characters, 253 in all', async (t) => {
  const label = 'a'.repeat(63);
  for (const good of [
    'a',
    'internal',
    'example.com',
    'a-b.c-d',
    '0.1',
    'xn--bcher-kva.example',
    label,
    `${label}.${label}.${label}.${'a'.repeat(61)}`,
  ])
    t.ok(isDomain(good), good.slice(0, 40));
  for (const bad of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '-a',
    'a-',
    'a.-b',
    'A.example',
    'a_b',
    'bücher.example',
    'a b',
    'a\n',
    'a.example\n',
    'a/b',
    `${label}a`,
    `${label}.${label}.${label}.${'a'.repeat(62)}`,
    'a;reboot',
    '*.example',
  ])
    t.notOk(isDomain(bad), JSON.stringify(bad.slice(0, 40)));
});

t.test('a MAC address is six lower-case hex pairs with colons', async (t) => {
  t.ok(FORMATS.mac('02:00:aa:bb:cc:ff'));
  for (const bad of [
    '',
    '02:00:aa:bb:cc',
    '02:00:aa:bb:cc:ff:00',
    '02-00-aa-bb-cc-ff',
    '02:00:AA:bb:cc:ff',
    '0200.aabb.ccff',
    '02:00:aa:bb:cc:fg',
    '02:00:aa:bb:cc:ff\n',
    '2:0:a:b:c:f',
  ])
    t.notOk(FORMATS.mac(bad), JSON.stringify(bad));
});

t.test('every check is linear: a long hostile text is refused at once', async (t) => {
  const long = `${'a-'.repeat(100_000)}!`;
  const dotted = '1.'.repeat(100_000);
  const before = process.hrtime.bigint();
  for (const check of Object.values(FORMATS)) {
    t.notOk(check(long));
    t.notOk(check(dotted));
  }
  t.ok(process.hrtime.bigint() - before < 1_000_000_000n, 'within a second');
});
