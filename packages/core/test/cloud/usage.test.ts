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
