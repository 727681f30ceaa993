import type { ApplianceDesired } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

/** Keys that nobody else has: they open nothing. */
const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString('base64');

const SERVED: ApplianceDesired = {
  ...CARRIED,
  leases: [
    {
      uuid: uuid(50),
      generation: 1,
      macAddress: '02:00:00:00:00:07',
      ipv4Address: '192.168.0.7',
      hostname: 'web',
    },
  ],
  vpn: {
    uuid: uuid(60),
    generation: 1,
    publicAddress: '203.0.113.11',
    listenPort: 51_820,
    privateKey: keyOf(1),
    ipv4Address: '10.99.0.1/24',
    peers: [
      {
        uuid: uuid(61),
        generation: 1,
        publicKey: keyOf(2),
        presharedKey: keyOf(3),
        allowedCidrs: ['10.99.0.2/32'],
        endpoint: null,
      },
      {
        uuid: uuid(62),
        generation: 1,
        publicKey: keyOf(4),
        presharedKey: null,
        allowedCidrs: ['10.99.0.3/32', '192.168.7.0/24'],
        endpoint: '203.0.113.1:51820',
      },
    ],
  },
};

const skip = skipWithoutSandbox('dnsmasq', 'wg', 'wireguard-go', 'conntrack');

t.test('services that strangers change', { skip }, async (t) => {
  const clock = new ManualClock();
  const network = await CarriedNetwork.start(SERVED, clock);
  t.teardown(() => network.close());
  const { files } = network.runner;
  const inside = (...words: readonly string[]) => network.inside(network.namespace, ...words);
  const folder = `/run/gdcloud/${network.namespace}/names`;
  const device = await inside('wg', 'show', 'interfaces');
  const wg = (...words: readonly string[]) => inside('wg', 'set', device, ...words);
  const ip = (line: string) => network.ip(line, network.namespace);
  const isServing = async (): Promise<boolean> => {
    const id = Number(await files.read(`${folder}/dnsmasq.pid`));
    return (await files.read(`/proc/${id}/cmdline`))?.includes(folder) === true;
  };
  /** All that is to be the same again, in any order. */
  const looks = async () => ({
    tunnel: (await inside('wg', 'showconf', device)).split(/\n\s*(?=\[)/).sort(),
    addresses: await inside('ip', '-br', '-4', 'address', 'show', 'dev', device),
    routes: (await inside('ip', 'route', 'show', 'dev', device)).split('\n').sort(),
    files: [await files.read(`${folder}/dnsmasq.conf`), await files.read(`${folder}/leases`)],
    serves: await isServing(),
  });
  const audited = async (): Promise<void> => {
    const before = network.audits;
    await until(
      () => {
        // Slowly: by the same clock an audit may take no longer than a minute.
        clock.advance(200);
        return network.audits;
      },
      (count) => count >= before + 2,
    );
  };
  const endNames = async (): Promise<void> => {
    await inside('kill', '-KILL', ((await files.read(`${folder}/dnsmasq.pid`)) ?? '').trim());
    await until(isServing, (serves) => !serves);
  };
  const before = await looks();

  await t.test('nothing is repaired where nothing is changed', async (t) => {
    await audited();
    t.same(network.repairs, []);
    t.ok(before.serves);
  });

  const changes: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['names', 'ends dnsmasq', endNames],
    ['names', 'removes its files', () => files.remove(folder)],
    [
      'names',
      'gives a lease away',
      () => files.write(`${folder}/leases`, '02:00:00:00:00:66,192.168.0.7,web\n'),
    ],
    ['names', 'points it to other servers', () => files.write(`${folder}/dnsmasq.conf`, '')],
    ['tunnel', 'removes a peer', () => wg('peer', keyOf(2), 'remove')],
    ['tunnel', 'adds a peer', () => wg('peer', keyOf(9), 'allowed-ips', '10.99.0.9/32')],
    [
      'tunnel',
      'lets a peer have more addresses',
      () => wg('peer', keyOf(2), 'allowed-ips', '10.99.0.2/32,192.168.0.0/24'),
    ],
    [
      'tunnel',
      'takes the shared secret away',
      () => wg('peer', keyOf(2), 'preshared-key', '/dev/null'),
    ],
    ['tunnel', 'has a peer kept awake', () => wg('peer', keyOf(2), 'persistent-keepalive', '5')],
    ['tunnel', 'changes the port', () => wg('listen-port', '51821')],
    ['tunnel', 'takes a route away', () => ip(`route delete 192.168.7.0/24 dev ${device}`)],
    ['tunnel', 'adds an address', () => ip(`address add 10.98.0.1/24 dev ${device}`)],
    ['tunnel', 'takes it down', () => ip(`link set dev ${device} down`)],
    ['tunnel', 'removes it', () => ip(`link delete dev ${device}`)],
  ];
  for (const [part, deed, change] of changes) {
    await t.test(`are repaired after somebody ${deed}`, async (t) => {
      // Before: an audit that is under way may find it already.
      network.repairs.length = 0;
      await change();
      await audited();
      t.same(network.repairs, [part]);
      t.same(await looks(), before);
    });
  }
});
