import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addressRule, httpRemote } from '@gdcloud/driver-nfs-vhd';
import { test } from 'tap';

const INSIDE = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd12::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001::1',
  '2001:db8::1',
  '100::1',
  '3fff::1',
  'nonsense',
  '',
];
const OUTSIDE = [
  '1.1.1.1',
  '8.8.8.8',
  '172.32.0.1',
  '192.169.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
];
/** Ways to write addresses that lead inside. */
const SPELLINGS = [
  'http://127.0.0.1/',
  'http://localhost/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://0x7f.1/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://169.254.169.254/',
  'http://2852039166/',
  'http://10.0.0.1/',
  'http://192.168.0.1:8080/',
  'http://172.16.0.1/',
  'http://0/',
  'http://0.0.0.0/',
  'http://[fd00::1]/',
  'http://[fe80::1]/',
  'http://１２７.0.0.1/',
  'http://127。0。0。1/',
];
const signal = new AbortController().signal;

test('only public addresses are fetched from', (t) => {
  const mayReach = addressRule();
  for (const address of INSIDE) t.notOk(mayReach(address), address);
  for (const address of OUTSIDE) t.ok(mayReach(address), address);
  t.end();
});

test('the host application may allow networks of its own', (t) => {
  const mayReach = addressRule(['10.0.0.0/8', 'fd00::/8', '127.0.0.1']);
  t.ok(mayReach('10.9.9.9'));
  t.ok(mayReach('fd12::1'));
  t.ok(mayReach('127.0.0.1'));
  t.notOk(mayReach('127.0.0.2'));
  t.notOk(mayReach('192.168.1.1'));
  for (const wrong of ['10.0.0.0/33', 'example.com', '10.0.0.0/8/8', '10.0.0.0/x', ''])
    t.throws(() => addressRule([wrong]), TypeError);
  t.end();
});

test('no spelling of an address leads inside', async (t) => {
  const open = httpRemote({
    mayReach: addressRule(),
    resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  });
  for (const url of SPELLINGS)
    await t.rejects(open({ url, from: 0, signal }), { code: 'SourceForbidden' }, url);
});

test('other schemes and users in URLs are refused', async (t) => {
  const open = httpRemote({ mayReach: () => true });
  for (const url of [
    'file:///etc/passwd',
    'ftp://example.com/',
    'http://me:secret@example.com/',
    'x',
  ])
    await t.rejects(open({ url, from: 0, signal }), { code: 'SourceForbidden' }, url);
});

test('a name that is one address when it is looked at and another when it is connected to leads nowhere', async (t) => {
  let connections = 0;
  const server = createServer((_request, response) => {
    connections += 1;
    response.end('inside');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  let looks = 0;
  const open = httpRemote({
    mayReach: addressRule(),
    resolve: () => {
      looks += 1;
      return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    },
  });
  await t.rejects(open({ url: `http://rebind.example:${port}/`, from: 0, signal }), {
    code: 'SourceForbidden',
  });
  t.equal(looks, 1, 'what was judged is what would be connected to');
  t.equal(connections, 0);
});
