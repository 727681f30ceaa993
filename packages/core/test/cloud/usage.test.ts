import t from 'tap';
import { readyNetwork, startCloud } from '../support/cloud.js';

t.test('what a server used is answered to whom it belongs, and changes nothing', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', {
    offering: '2gb-4cpu',
    imageId: '1',
    networkId: network.id,
  });
  const before = await world.reaches('virtualmachine', id, 'running');
  const type = world.type('virtualmachine');
  const ask = (input: object, caller = world.admin) =>
    world.cloud.resources.ask(caller, type, id, 'usage', { ...input });
  t.match(await ask({}), { fields: { stepSeconds: 5, samples: [{ cpuPercent: 50 }] } });
  t.match(await ask({ stepSeconds: 60 }), { fields: { stepSeconds: 60 } });
  await t.rejects(ask({ stepSeconds: 0 }), { code: 'MinLimitExceeded' });
  await t.rejects(ask({}, await world.account('stranger')), { code: 'NotFound' });
  t.equal((await world.get('virtualmachine', id)).generation, before.generation);
});

t.test('an account is told what it has of what is limited, and what it may have', async (t) => {
  const world = await startCloud(t);
  const user = await world.account('user');
  const ask = async (id: string, caller = user) =>
    (await world.cloud.resources.ask(caller, world.type('account'), id, 'usage', {})).fields;
  t.match(await ask(user.accountId), { used: {}, limits: { networks: 20, volumeGb: 1_200 } });
  const network = await readyNetwork(world, { caller: user });
  await world.create('volume', { name: 'data', sizeGb: 7 }, user);
  t.match(await ask(user.accountId), { used: { networks: 1, volumes: 1, volumeGb: 7 } });
  await world.update('account', user.accountId, { limits: { networks: 3 } });
  t.match(await ask(user.accountId), { limits: { networks: 3, volumes: 100 } });
  await world.remove('network', network.id, user);
  await world.reaches('network', network.id, 'removed');
  t.match(await ask(user.accountId), { used: { networks: undefined, volumes: 1 } });
  t.strictSame(await ask('1', world.admin), { used: {}, limits: {} }, 'administrators have none');
  await t.rejects(ask(user.accountId, await world.account('stranger')), { code: 'NotFound' });
});
