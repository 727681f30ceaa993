import type { ApplianceDesired } from '@gdcloud/core';
import { createVlanDriver } from '@gdcloud/driver-vlan';
import t from 'tap';
import { CARRIED } from '../support/carried-network.js';
import { call, uuid } from '../support/fixtures.js';

const SECRETS = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((key) => key.toString('base64'));
const [privateKey = '', presharedKey = ''] = SECRETS;
const publicKey = Buffer.alloc(32, 4).toString('base64');

const WITH_SECRETS: ApplianceDesired = {
  ...CARRIED,
  forwards: [
    {
      uuid: uuid(41),
      generation: 1,
      protocol: 'tcp',
      publicAddress: '203.0.113.11',
      publicStartPort: 2222,
      publicEndPort: 2222,
      privateAddress: '192.168.0.11',
      privateStartPort: 22,
    },
  ],
  vpn: {
    uuid: uuid(50),
    generation: 1,
    publicAddress: '203.0.113.11',
    listenPort: 51_820,
    privateKey,
    ipv4Address: '10.99.0.1/24',
    peers: [
      {
        uuid: uuid(51),
        generation: 1,
        publicKey,
        presharedKey,
        allowedCidrs: ['10.99.0.2/32'],
        endpoint: null,
      },
    ],
  },
};

const told = (mode: 'record' | 'full' | 'sandboxed', desired = WITH_SECRETS) =>
  createVlanDriver({
    folder: '/nowhere',
    mode,
    machine: {
      trunks: [{ name: 'physnet1', by: 'kernel', device: 'eth7' }],
      uplinks: [{ name: 'outside', by: 'bridge', device: 'br9' }],
    },
  }).planText?.(uuid(1), desired, call());

t.test('a plan is the commands, as this machine is wired, without a secret', async (t) => {
  const full = (await told('full')) ?? '';
  t.match(full, /^# network 01890000-.*, revision 3$/m);
  t.match(full, /^nsenter .* nft -f - <<'END'$/m);
  t.match(full, /2222 : 192\.168\.0\.11/);
  t.match(full, /link eth7 .*type vlan .*id 137/);
  t.match(full, /br9/);
  t.match((await told('record')) ?? '', /link physnet1 .*type vlan/);
  t.notMatch((await told('sandboxed')) ?? '', /type vlan/);
  for (const mode of ['record', 'full', 'sandboxed'] as const)
    for (const secret of SECRETS) t.notOk((await told(mode))?.includes(secret), mode);
});

t.test('of a document that can’t be carried there is none', async (t) => {
  await t.rejects(
    Promise.resolve().then(() => told('full', { ...CARRIED, domain: 'a;b' })),
    {
      name: 'DriverFailure',
    },
  );
});
