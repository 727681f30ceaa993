import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CERTIFICATE_B, KEY_A, KEY_B } from '@gdcloud/services';
import t from 'tap';
import { server, startCloud, surroundings, type TestCloud } from '../support/cloud.js';
import { documentOf, httpsBefore, reachable } from '../support/networking.js';
import { storeOnFile } from '../support/store-on-file.js';

const PRESHARED = 'TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=';
const USER_DATA = 'canary-of-the-user-data';

/** The database with what is not gathered into it yet, by file. */
async function bytesIn(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const names = await readdir(folder);
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(folder, name))] as const),
    ),
  );
}

/** Makes one of everything that has a secret, uses it, and says what must not be found and what must. */
async function furnish(world: TestCloud) {
  const there = await reachable(world);
  const { network, address, machine } = there;
  const asked = await world.create(
    'virtualmachine',
    server(network, {
      name: 'plain-name-of-a-server',
      userData: `#cloud-config\n# ${USER_DATA}\n`,
    }),
  );
  await world.reaches('virtualmachine', asked.id, 'running');
  const vpn = await world.create('vpn', { networkId: network.id, ipaddressId: address.id });
  await world.reaches('vpn', vpn.id, 'active');
  const site = {
    vpnId: vpn.id,
    publicKey: 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=',
    presharedKey: PRESHARED,
  };
  await world.reaches('vpnclient', (await world.create('vpnclient', site)).id, 'active');
  const { resource: laptop, once } = await world.created('vpnclient', { vpnId: vpn.id });
  await world.reaches('vpnclient', laptop.id, 'active');
  const balancer = await world.create('loadbalancer', httpsBefore(there));
  await world.reaches('loadbalancer', balancer.id, 'active');
  const document = documentOf(world, network);
  await world.update('loadbalancer', balancer.id, {
    certificate: CERTIFICATE_B,
    privateKey: KEY_B,
  });
  await world.reaches('loadbalancer', balancer.id, 'active');
  await world.act('virtualmachine', machine.id, 'restart');
  const configuration = String(once['configuration']);
  return {
    secrets: new Map<string, string | undefined>([
      ['user data', USER_DATA],
      ['the key of a VPN', document.vpn?.privateKey],
      ['a preshared key that was sent', PRESHARED],
      ['a preshared key that was made', /^PresharedKey = (.+)$/m.exec(configuration)?.[1]],
      ['the key of a client', /^PrivateKey = (.+)$/m.exec(configuration)?.[1]],
      ['the key of a certificate', KEY_A.split('\n')[1]],
      ['the key of the next one', KEY_B.split('\n')[1]],
    ]),
    open: ['plain-name-of-a-server', site.publicKey, CERTIFICATE_B.split('\n')[1] ?? ''],
  };
}

t.test(
  'no secret that has to be read again is in the database, nor in a file beside it',
  async (t) => {
    const { store, folder } = await storeOnFile(t);
    const world = await startCloud(t, { after: { ...surroundings(t), store } });
    const { secrets, open } = await furnish(world);
    const look = async (when: string): Promise<readonly string[]> => {
      const files = await bytesIn(folder);
      const all = Buffer.concat([...files.values()]);
      for (const text of open) t.ok(all.includes(text), `${when}: what is no secret is found`);
      for (const [what, secret = ''] of secrets) {
        t.ok(secret.length > 15, what);
        for (const text of [secret, Buffer.from(secret).toString('base64').slice(0, 20)])
          t.notOk(all.includes(text), `${when}: ${what}`);
      }
      return [...files.keys()];
    };
    t.ok((await look('while it runs')).includes('cloud.db-wal'));
    await world.cloud.stop();
    await store.close();
    t.same(await look('all in one file'), ['cloud.db']);
  },
);
