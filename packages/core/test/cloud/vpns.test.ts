import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { keyPairOf } from '../../dist/cloud/vpn/wireguard-keys.js';
import { startCloud } from '../support/cloud.js';
import { documentOf, forwardTo, reachable } from '../support/networking.js';

const KEY = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
const OTHER_KEY = 'TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=';

t.test('a key pair is one that others agree with', async (t) => {
  const { privateKey, publicKey } = keyPairOf(new Uint8Array(32).fill(0x77));
  const der = (head: string, key: string): Buffer =>
    Buffer.concat([Buffer.from(head, 'hex'), Buffer.from(key, 'base64')]);
  const ours = {
    open: createPublicKey({
      key: der('302a300506032b656e032100', publicKey),
      format: 'der',
      type: 'spki',
    }),
    secret: createPrivateKey({
      key: der('302e020100300506032b656e04220420', privateKey),
      format: 'der',
      type: 'pkcs8',
    }),
  };
  const theirs = generateKeyPairSync('x25519');
  t.same(
    diffieHellman({ privateKey: theirs.privateKey, publicKey: ours.open }),
    diffieHellman({ privateKey: ours.secret, publicKey: theirs.publicKey }),
  );
});

t.test('a client comes in with the configuration that it is told once', async (t) => {
  const world = await startCloud(t);
  const { network, address } = await reachable(world);
  const asked = await world.create('vpn', { networkId: network.id, ipaddressId: address.id });
  const { status, spec, uuid } = await world.reaches('vpn', asked.id, 'active');
  t.match(status, {
    endpoint: `${String(address.status['address'])}:51820`,
    privateCidrs: ['10.0.0.0/24'],
  });
  const { resource, once } = await world.created('vpnclient', { vpnId: asked.id, name: 'laptop' });
  await world.reaches('vpnclient', resource.id, 'active');
  const { vpn } = documentOf(world, network);
  t.match(vpn, {
    uuid,
    publicAddress: address.status['address'],
    listenPort: 51_820,
    ipv4Address: '10.99.0.1/24',
    peers: [{ uuid: resource.uuid, allowedCidrs: [`${String(resource.spec['address'])}/32`] }],
  });
  const configuration = String(once['configuration']);
  const [, privateKey = ''] = /^PrivateKey = (.+)$/m.exec(configuration) ?? [];
  const client = keyPairOf(Buffer.from(privateKey, 'base64'));
  t.equal(client.publicKey, vpn?.peers[0]?.publicKey, 'the key is its own');
  t.match(configuration, `Address = ${String(resource.spec['address'])}/32`);
  t.match(configuration, `PublicKey = ${String(spec['publicKey'])}`);
  t.match(configuration, `PresharedKey = ${String(vpn?.peers[0]?.presharedKey)}`);
  t.match(configuration, `Endpoint = ${String(status['endpoint'])}`);
  t.match(configuration, 'AllowedIPs = 10.0.0.0/24, 10.99.0.1/32');
  t.match(configuration, 'DNS = 10.0.0.1');
  t.equal(
    keyPairOf(Buffer.from(vpn?.privateKey ?? '', 'base64')).publicKey,
    spec['publicKey'],
    'as is the gateway’s',
  );
  t.notOk(JSON.stringify(resource).includes(privateKey), 'nobody keeps it');
  await t.rejects(world.remove('vpn', asked.id), { code: 'InUse' });
  await world.remove('vpnclient', resource.id);
  await world.reaches('vpnclient', resource.id, 'removed');
  t.same(documentOf(world, network).vpn?.peers, []);
  await world.remove('vpn', asked.id);
  await world.reaches('vpn', asked.id, 'removed');
  t.equal(documentOf(world, network).vpn, null);
});

t.test('another site comes in with all that is behind its gateway', async (t) => {
  const world = await startCloud(t);
  const { network, address } = await reachable(world);
  const { id: vpnId } = await world.create('vpn', {
    networkId: network.id,
    ipaddressId: address.id,
  });
  await world.reaches('vpn', vpnId, 'active');
  const { resource, once } = await world.created('vpnclient', {
    vpnId,
    address: '10.99.0.9',
    publicKey: KEY,
    presharedKey: OTHER_KEY,
    allowedCidrs: ['192.168.7.0/24'],
    endpoint: '198.51.100.7:51820',
  });
  t.same(once, {}, 'whoever has a key needs none');
  await world.reaches('vpnclient', resource.id, 'active');
  t.match(documentOf(world, network).vpn?.peers, [
    {
      publicKey: KEY,
      presharedKey: OTHER_KEY,
      allowedCidrs: ['10.99.0.9/32', '192.168.7.0/24'],
      endpoint: '198.51.100.7:51820',
    },
  ]);
  const rows: readonly (readonly [string, object])[] = [
    ['address', { address: '10.99.0.9' }],
    ['address', { address: '10.99.0.1' }],
    ['address', { address: '10.99.1.7' }],
    ['address', { address: '10.99.0.07' }],
    ['publicKey', { publicKey: KEY }],
    ['publicKey', { publicKey: KEY.slice(1) }],
    ['publicKey', { publicKey: `${KEY}\nPostUp = reboot` }],
    ['presharedKey', { presharedKey: 'secret' }],
    ['allowedCidrs', { allowedCidrs: ['192.168.7.128/25'] }],
    ['allowedCidrs', { allowedCidrs: ['10.0.0.0/25'] }],
    ['allowedCidrs', { allowedCidrs: ['10.99.0.0/24'] }],
    ['allowedCidrs', { allowedCidrs: ['10.7.0.0/16', '10.7.1.0/24'] }],
    ['allowedCidrs', { allowedCidrs: ['127.0.0.0/8'] }],
    ['allowedCidrs', { allowedCidrs: ['2001:db8:5::/48'] }],
    ['endpoint', { endpoint: '198.51.100.7' }],
    ['endpoint', { endpoint: '198.51.100.7:0' }],
    ['endpoint', { endpoint: '198.51.100.7:65536' }],
    ['endpoint', { endpoint: '198.51.100.07:1' }],
    ['endpoint', { endpoint: '[::ffff:198.51.100.7]:1' }],
    ['endpoint', { endpoint: 'evil.example:1' }],
    ['vpnId', { vpnId: '99' }],
  ];
  for (const [fieldName, wrong] of rows)
    await t.rejects(
      world.create('vpnclient', { vpnId, publicKey: OTHER_KEY, ...wrong }),
      { fieldName, name: 'RequestError' },
      JSON.stringify(wrong),
    );
});

t.test('what a VPN says has to fit', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  const { network, address } = there;
  const kept = await world.create('ipaddress', {});
  await world.create(
    'portforward',
    forwardTo(there, { publicStartPort: 500, protocol: 'udp', publicEndPort: 600 }),
  );
  const plain = { networkId: network.id, ipaddressId: address.id };
  const rows: readonly (readonly [string, object])[] = [
    ['listenPort', { listenPort: 0 }],
    ['listenPort', { listenPort: 65_536 }],
    ['listenPort', { listenPort: 555 }],
    ['clientCidr', { clientCidr: '10.0.0.0/16' }],
    ['clientCidr', { clientCidr: '203.0.113.0/24' }],
    ['ipaddressId', { ipaddressId: kept.id }],
  ];
  for (const [fieldName, wrong] of rows)
    await t.rejects(
      world.create('vpn', { ...plain, ...wrong }),
      { fieldName, name: 'RequestError' },
      JSON.stringify(wrong),
    );
  const first = await world.create('vpn', plain);
  await t.rejects(world.create('vpn', { ...plain, listenPort: 1_194 }), {
    fieldName: 'networkId',
    name: 'RequestError',
  });
  await t.rejects(
    world.create('portforward', forwardTo(there, { publicStartPort: 51_820, protocol: 'udp' })),
    { fieldName: 'publicStartPort', name: 'RequestError' },
  );
  await world.update('vpn', first.id, { listenPort: 51_821 });
  await world.reaches('vpn', first.id, 'active');
  t.equal(documentOf(world, network).vpn?.listenPort, 51_821);
});
