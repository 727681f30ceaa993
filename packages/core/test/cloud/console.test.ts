import { once } from 'node:events';
import { type OpenConsole, RequestError } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { readyNetwork, startCloud, type TestCloud } from '../support/cloud.js';

interface Running {
  readonly world: TestCloud;
  readonly id: string;
  /** Asks for a console, and returns its ticket. */
  readonly ticket: () => Promise<string>;
  readonly open: (ticket: string) => Promise<OpenConsole | undefined>;
}

async function running(t: Test): Promise<Running> {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', {
    offering: '2gb-4cpu',
    imageId: '1',
    networkId: network.id,
  });
  await world.reaches('virtualmachine', id, 'running');
  const { resources, consoles } = world.cloud;
  const type = world.type('virtualmachine');
  return {
    world,
    id,
    ticket: async () => {
      const { sockets } = await resources.ask(world.admin, type, id, 'console', {});
      return (sockets?.['url'] ?? '').replace(/^consoles\//, '');
    },
    open: (ticket) => consoles.open(ticket, { signal: new AbortController().signal }),
  };
}

t.test('a ticket opens the console of its server, both ways', async (t) => {
  const { world, ticket, open } = await running(t);
  const opened = await open(await ticket());
  const hypervisor = world.outside.consoles.at(-1);
  if (opened === undefined || hypervisor === undefined) throw new Error('nothing was opened');
  hypervisor.write('RFB 003.008\n');
  t.equal(String((await once(opened.stream, 'data'))[0]), 'RFB 003.008\n');
  opened.stream.write('hello');
  t.equal(String((await once(hypervisor, 'data'))[0]), 'hello');
  opened.stream.destroy();
});

t.test('a ticket opens once', async (t) => {
  const { ticket, open } = await running(t);
  const text = await ticket();
  const [first, second] = await Promise.all([open(text), open(text)]);
  t.equal([first, second].filter((opened) => opened !== undefined).length, 1);
  t.equal(await open(text), undefined);
  for (const opened of [first, second]) opened?.stream.destroy();
});

t.test('another process of the same cloud opens it', async (t) => {
  const { world, ticket } = await running(t);
  const signal = new AbortController().signal;
  const twin = await startCloud(t, { after: world, roles: ['api'] });
  const opened = await twin.cloud.consoles.open(await ticket(), { signal });
  t.not(opened, undefined);
  opened?.stream.destroy();
});

t.test('a ticket that is too old, changed, cut or made up opens nothing', async (t) => {
  const { world, ticket, open } = await running(t);
  const old = await ticket();
  world.clock.advance(60_001);
  t.equal(await open(old), undefined, 'too old');
  const text = await ticket();
  const words = text.split('.');
  for (const index of words.keys()) {
    const changed = words.map((word, at) => (at === index ? `${word}0` : word)).join('.');
    t.equal(await open(changed), undefined, `word ${index} changed`);
    t.equal(await open(words.toSpliced(index, 1).join('.')), undefined, `without word ${index}`);
  }
  for (const made of ['', '.', 'x'.repeat(10_000), '....']) t.equal(await open(made), undefined);
  const opened = await open(text);
  t.not(opened, undefined, 'all that has not used it up');
  opened?.stream.destroy();
});

t.test('used tickets are forgotten once they are too old to be shown again', async (t) => {
  const { world, ticket, open } = await running(t);
  (await open(await ticket()))?.stream.destroy();
  t.equal((await world.store.allocated('console tickets')).length, 1);
  await world.pass(30 * 60_000);
  t.same(await world.store.allocated('console tickets'), []);
});

for (const [what, end] of [
  ['stops', (world: TestCloud, id: string) => world.act('virtualmachine', id, 'stop')],
  ['is removed', (world: TestCloud, id: string) => world.remove('virtualmachine', id)],
] as const) {
  t.test(`a console is revoked when its server ${what}`, async (t) => {
    const { world, id, ticket, open } = await running(t);
    const unused = await ticket();
    const opened = await open(await ticket());
    if (opened === undefined) throw new Error('nothing was opened');
    await world.pass(20_000);
    t.equal(opened.revoked.aborted, false);
    await end(world, id);
    await world.quiet();
    t.equal(opened.revoked.aborted, true);
    t.equal(await open(unused), undefined, 'a ticket from before opens nothing');
    opened.stream.destroy();
  });
}

t.test('a console is revoked though every hint is lost, after a few seconds', async (t) => {
  const { world, id, ticket } = await running(t);
  const deaf = await startCloud(t, { after: world, roles: ['api'] });
  const opened = await deaf.cloud.consoles.open(await ticket(), {
    signal: new AbortController().signal,
  });
  await world.act('virtualmachine', id, 'stop');
  await world.quiet();
  t.equal(opened?.revoked.aborted, false, 'the other process heard nothing');
  await world.pass(6_000);
  t.equal(opened?.revoked.aborted, true);
  opened?.stream.destroy();
});

t.test(
  'a console is asked for only where there is one, by whom the server belongs to',
  async (t) => {
    const { world, id } = await running(t);
    const { resources } = world.cloud;
    const type = world.type('virtualmachine');
    const stranger = await world.account('stranger');
    const ask = (caller = world.admin) => resources.ask(caller, type, id, 'console', {});
    await t.rejects(ask(stranger), { code: 'NotFound' });
    t.ok(
      resources
        .actions(world.admin, type, await world.get('virtualmachine', id))
        .includes('console'),
    );
    await world.act('virtualmachine', id, 'stop');
    await world.reaches('virtualmachine', id, 'stopped');
    t.notOk(
      resources
        .actions(world.admin, type, await world.get('virtualmachine', id))
        .includes('console'),
    );
    await t.rejects(ask(), { code: 'ActionNotAvailable' });
    await t.rejects(resources.ask(world.admin, type, id, 'nothing', {}), RequestError);
  },
);

t.test('a console ends with the key that asked for it, or with what that opens', async (t) => {
  const { world, id, open } = await running(t);
  const { resources } = world.cloud;
  const type = world.type('virtualmachine');
  for (const end of ['deactivate', 'narrow', 'expire', 'remove'] as const) {
    const { resource: key, once: told } = await world.created('apikey', {});
    const caller = await resources.authenticate(
      String(key.spec['publicValue']),
      String(told['secretValue']),
    );
    if (caller === undefined) throw new Error('the key opens nothing');
    const ticket = async (): Promise<string> => {
      const { sockets } = await resources.ask(caller, type, id, 'console', {});
      return (sockets?.['url'] ?? '').replace(/^consoles\//, '');
    };
    const late = await ticket();
    const opened = await open(await ticket());
    if (opened === undefined) throw new Error('nothing was opened');
    if (end === 'deactivate') await world.act('apikey', key.id, 'deactivate');
    if (end === 'narrow') await world.update('apikey', key.id, { scopes: ['*:read'] });
    if (end === 'expire') await world.update('apikey', key.id, { expires: world.clock.now() });
    if (end === 'remove') await world.remove('apikey', key.id);
    await world.until(() => opened.revoked.aborted, `the console after ${end}`);
    t.equal(await open(late), undefined, `${end}: nor does a ticket open one any more`);
    opened.stream.destroy();
  }
});

t.test('a ticket ends with the account that asked for it', async (t) => {
  const { world } = await running(t);
  const ada = await world.account('ada');
  const network = await readyNetwork(world, { caller: ada });
  const { id } = await world.create(
    'virtualmachine',
    { offering: '2gb-4cpu', imageId: '1', networkId: network.id },
    ada,
  );
  await world.reaches('virtualmachine', id, 'running');
  const type = world.type('virtualmachine');
  const { sockets } = await world.cloud.resources.ask(ada, type, id, 'console', {});
  const row = await world.store.get(ada.account);
  if (row === undefined) throw new Error('no account');
  await world.store.change(ada.account, row.generation, {
    deleteRequestedAt: world.clock.now(),
    event: { at: world.clock.now(), what: 'delete requested', why: 'test', result: '' },
  });
  const ticket = (sockets?.['url'] ?? '').replace(/^consoles\//, '');
  const signal = new AbortController().signal;
  t.equal(await world.cloud.consoles.open(ticket, { signal }), undefined);
});

t.test('tickets are in no log and in no event', async (t) => {
  const { world, id, ticket, open } = await running(t);
  const text = await ticket();
  (await open(text))?.stream.destroy();
  await open(text);
  const seal = text.slice(text.lastIndexOf('.') + 1);
  const history = await world.cloud.resources.history(
    world.admin,
    world.type('virtualmachine'),
    id,
  );
  t.notMatch(JSON.stringify([world.lines, history]), seal);
});
