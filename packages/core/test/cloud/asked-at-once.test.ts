import type { AdmissionInput, Plugin } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { hooking } from '../support/hooking.js';

/** What happens in the middle of a request: once, after all that is looked at before its write. */
interface Meanwhile {
  readonly plugin: Plugin;
  next: ((world: TestCloud) => Promise<unknown>) | undefined;
}

function meanwhile(world: () => TestCloud, type: string, operation: AdmissionInput['operation']) {
  const between: Meanwhile = {
    next: undefined,
    plugin: hooking({
      point: 'admit.validate',
      name: 'test/meanwhile',
      // Last of all: whatever else is asked of the request has been answered.
      priority: -1_000,
      run: async (input: AdmissionInput) => {
        if (input.type !== type || input.operation !== operation) return;
        const { next } = between;
        between.next = undefined;
        await next?.(world());
      },
    }),
  };
  return between;
}

async function withMeanwhile(
  t: Parameters<typeof startCloud>[0],
  type: string,
  operation: AdmissionInput['operation'],
): Promise<{ readonly world: TestCloud; readonly between: Meanwhile }> {
  const between = meanwhile(() => world, type, operation);
  const world = await startCloud(t, { plugins: [between.plugin] });
  return { world, between };
}

t.test('a network that gets a server while its removal is looked at stays', async (t) => {
  const { world, between } = await withMeanwhile(t, 'network', 'delete');
  const network = await readyNetwork(world);
  between.next = () => world.create('virtualmachine', server(network));
  await t.rejects(world.remove('network', network.id), {
    code: 'InUse',
    message: `network ${network.id} is still in use by 1 virtualmachine`,
    detail: '1 virtualmachine',
  });
  t.match(await world.get('network', network.id), { deleteRequestedAt: null });
  await world.reaches('virtualmachine', '1', 'running');
});

t.test('a server is not made in a network that is asked to leave meanwhile', async (t) => {
  const { world, between } = await withMeanwhile(t, 'virtualmachine', 'create');
  const network = await readyNetwork(world);
  between.next = () => world.remove('network', network.id);
  await t.rejects(world.create('virtualmachine', server(network)), {
    code: 'InvalidReference',
    fieldName: 'networkId',
    message: `networkId: network "${network.id}" is being removed`,
  });
  await world.reaches('network', network.id, 'removed');
  await t.rejects(world.get('virtualmachine', '1'), { code: 'NotFound' });
});

t.test('a volume is not attached to a server that is asked to leave meanwhile', async (t) => {
  const { world, between } = await withMeanwhile(t, 'volume', 'act');
  const network = await readyNetwork(world);
  const machine = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', machine.id, 'running');
  const volume = await world.create('volume', { sizeGb: 1 });
  await world.reaches('volume', volume.id, 'active');
  between.next = () => world.remove('virtualmachine', machine.id);
  const into = { virtualmachineId: machine.id };
  await t.rejects(world.actWith('volume', volume.id, 'attach', into), {
    code: 'InvalidReference',
    fieldName: 'virtualmachineId',
  });
  await world.reaches('virtualmachine', machine.id, 'removed');
  t.match(await world.get('volume', volume.id), { generation: 1 });
});

t.test(
  'a server whose grace time is over stays where it comes to be needed meanwhile',
  async (t) => {
    const { world, between } = await withMeanwhile(t, 'virtualmachine', 'delete');
    const network = await readyNetwork(world);
    const { id } = await world.create('virtualmachine', server(network));
    await world.reaches('virtualmachine', id, 'running');
    await world.actWith('virtualmachine', id, 'discard', { graceSeconds: 60 });
    await world.reaches('virtualmachine', id, 'discarded');
    between.next = () => world.create('snapshot', { virtualmachineId: id });
    await world.pass(180_000);
    t.match(await world.get('virtualmachine', id), { deleteRequestedAt: null });
    t.ok((await world.events('virtualmachine', id)).includes('removal put off'));
    await world.reaches('snapshot', '1', 'active');
  },
);

t.test('nothing is made in an account that is asked to leave meanwhile', async (t) => {
  const { world, between } = await withMeanwhile(t, 'network', 'create');
  const ada = await world.account('ada');
  between.next = () => world.remove('account', ada.accountId);
  const wish = { ipv4Cidr: '10.0.0.0/24', accountId: ada.accountId };
  await t.rejects(world.create('network', wish), {
    code: 'InvalidReference',
    fieldName: 'accountId',
  });
  t.equal((await world.get('account', ada.accountId)).deleteRequestedAt === null, false);
});

t.test('an account that gets something while its removal is looked at stays', async (t) => {
  const { world, between } = await withMeanwhile(t, 'account', 'delete');
  const ada = await world.account('ada');
  between.next = () => world.create('network', { ipv4Cidr: '10.0.0.0/24' }, ada);
  await t.rejects(world.remove('account', ada.accountId), {
    code: 'InUse',
    detail: '1 resources',
  });
  t.match(await world.get('account', ada.accountId), { deleteRequestedAt: null });
});
