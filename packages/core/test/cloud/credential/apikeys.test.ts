import { type Caller, deriveState, type Resource } from '@gdcloud/core';
import t from 'tap';
import { startCloud, type TestCloud, type TestCloudOptions } from '../../support/cloud.js';
import { turns } from '../../support/turns.js';

/** A key of the administrator's account. */
async function newKey(world: TestCloud, body = {}) {
  const { resource, once } = await world.created('apikey', body);
  const name = String(resource.spec['publicValue']);
  return {
    id: resource.id,
    uuid: resource.uuid,
    secret: String(once['secretValue']),
    authenticate: (secret: string): Promise<Caller | undefined> =>
      world.cloud.resources.authenticate(name, secret),
  };
}

async function stateOf(world: TestCloud, id: string): Promise<string> {
  return deriveState(world.type('apikey'), await world.get('apikey', id)).state;
}

/** A cloud that counts how often the use of anything is noted. */
async function counted(t: Parameters<typeof startCloud>[0], options: TestCloudOptions = {}) {
  const noted: string[] = [];
  const world = await startCloud(t, {
    ...options,
    wrapStore: (store) => ({
      ...store,
      noteUse: (resource, at) => {
        noted.push(resource);
        return store.noteUse(resource, at);
      },
    }),
  });
  return { world, notesOf: (uuid: string) => noted.filter((one) => one === uuid).length };
}

t.test('a key opens until it expires, and says so then by itself', async (t) => {
  const world = await startCloud(t);
  const expires = world.clock.now() + 90_000;
  const key = await newKey(world, { expires });
  await world.reaches('apikey', key.id, 'active');
  await world.pass(89_999);
  t.ok(await key.authenticate(key.secret));
  await world.pass(1);
  t.equal(await key.authenticate(key.secret), undefined);
  await world.quiet();
  t.equal(await stateOf(world, key.id), 'expired', 'without a look of anybody');
  t.match(await world.get('apikey', key.id), { status: { expired: true } });
});

t.test('a key that expires late is looked at then, however long it has rested', async (t) => {
  const world = await startCloud(t);
  const expires = world.clock.now() + 7 * 3_600_000 + 1_234;
  const key = await newKey(world, { expires });
  await world.pass(7 * 3_600_000);
  t.equal(await stateOf(world, key.id), 'active');
  // The scan for what is due comes every 5 seconds.
  await world.pass(1_234 + 5_000);
  t.equal(await stateOf(world, key.id), 'expired');
});

t.test(
  'an expired key opens again once it is given more time, or is to expire no more',
  async (t) => {
    const world = await startCloud(t);
    const key = await newKey(world, { expires: world.clock.now() - 1 });
    await world.reaches('apikey', key.id, 'expired');
    t.equal(await key.authenticate(key.secret), undefined);
    await world.update('apikey', key.id, { expires: world.clock.now() + 60_000 });
    t.ok(await key.authenticate(key.secret), 'at once');
    await world.reaches('apikey', key.id, 'active');
    await world.pass(60_000);
    t.equal(await stateOf(world, key.id), 'expired');
    await world.update('apikey', key.id, { expires: null });
    await world.reaches('apikey', key.id, 'active');
    t.ok(await key.authenticate(key.secret));
  },
);

t.test(
  'a rotated key has another secret, which is told once, and the old one opens nothing',
  async (t) => {
    const world = await startCloud(t);
    const key = await newKey(world);
    const acted = await world.cloud.resources.act(
      world.admin,
      world.type('apikey'),
      key.id,
      'rotate',
      {},
    );
    const secret = String(acted.once?.['secretValue']);
    t.match(secret, /^[A-Za-z0-9]{40}$/);
    t.not(secret, key.secret);
    t.equal(await key.authenticate(key.secret), undefined);
    t.ok(await key.authenticate(secret));
    const stored = JSON.stringify(await world.store.get(key.uuid));
    t.notMatch(stored, new RegExp(secret));
    const history = JSON.stringify(await world.store.history(key.uuid, 100));
    t.match(history, /rotate requested/);
    t.notMatch(history, new RegExp(secret));
    const again = await world.act('apikey', key.id, 'deactivate');
    t.notOk('once' in again, 'other actions tell nothing once');
  },
);

t.test('the secret before still opens during its grace, and no longer', async (t) => {
  const world = await startCloud(t);
  const key = await newKey(world);
  const rotate = async (graceSeconds: number): Promise<string> => {
    const { once } = await world.cloud.resources.act(
      world.admin,
      world.type('apikey'),
      key.id,
      'rotate',
      { graceSeconds },
    );
    return String(once?.['secretValue']);
  };
  const second = await rotate(60);
  await world.pass(59_999);
  t.ok(await key.authenticate(key.secret));
  t.ok(await key.authenticate(second));
  await world.pass(1);
  t.equal(await key.authenticate(key.secret), undefined);
  t.ok(await key.authenticate(second));

  const third = await rotate(60);
  const fourth = await rotate(60);
  t.equal(await key.authenticate(second), undefined, 'only the last one before has a grace');
  t.ok(await key.authenticate(third));
  t.ok(await key.authenticate(fourth));
  const fifth = await rotate(0);
  t.equal(await key.authenticate(fourth), undefined, 'none was wanted');
  t.ok(await key.authenticate(fifth));
  await t.rejects(rotate(86_401), { code: 'MaxLimitExceeded', fieldName: 'graceSeconds' });
});

t.test('a deactivated key opens nothing in its grace either', async (t) => {
  const world = await startCloud(t);
  const key = await newKey(world);
  await world.actWith('apikey', key.id, 'rotate', { graceSeconds: 600 });
  t.ok(await key.authenticate(key.secret));
  await world.act('apikey', key.id, 'deactivate');
  t.equal(await key.authenticate(key.secret), undefined);
});

t.test('a key that is revoked between two requests opens only the first', async (t) => {
  const world = await startCloud(t);
  const key = await newKey(world);
  const caller = await key.authenticate(key.secret);
  t.ok(caller);
  await world.remove('apikey', key.id);
  t.equal(await key.authenticate(key.secret), undefined);
});

t.test('the use of a key is noted once a minute, and reported by its pass', async (t) => {
  const { world, notesOf } = await counted(t);
  const key = await newKey(world);
  await world.reaches('apikey', key.id, 'active');
  t.match(await world.get('apikey', key.id), { status: { lastUsed: null } });
  const first = world.clock.now();
  const before: Resource = await world.get('apikey', key.id);
  for (let requests = 0; requests < 100; requests += 1) await key.authenticate(key.secret);
  await world.quiet();
  t.equal(notesOf(key.uuid), 1);
  const after = await world.get('apikey', key.id);
  t.match(after, { status: { lastUsed: first } });
  t.equal(after.statusVersion, before.statusVersion + 1, 'one record for a hundred requests');
  t.equal(after.generation, before.generation, 'nothing that was asked for changed');

  await world.pass(59_000);
  await key.authenticate(key.secret);
  await world.quiet();
  t.equal(notesOf(key.uuid), 1);
  await world.pass(1_000);
  const second = world.clock.now();
  await key.authenticate(key.secret);
  await world.quiet();
  t.equal(notesOf(key.uuid), 2);
  t.match(await world.get('apikey', key.id), { status: { lastUsed: second } });
});

t.test('what opens nothing is no use', async (t) => {
  const { world, notesOf } = await counted(t);
  const key = await newKey(world);
  await key.authenticate('wrong');
  await world.act('apikey', key.id, 'deactivate');
  await key.authenticate(key.secret);
  await world.pass(120_000);
  t.equal(notesOf(key.uuid), 0);
  t.match(await world.get('apikey', key.id), { status: { lastUsed: null } });
});

t.test('nobody waits for the note of a use, and one that failed is made up for', async (t) => {
  let notes: 'hang' | 'fail' | 'pass' = 'hang';
  const world = await startCloud(t, {
    wrapStore: (store) => ({
      ...store,
      noteUse: (resource, at) => {
        if (notes === 'hang') return new Promise(() => undefined);
        return notes === 'fail'
          ? Promise.reject(new Error('the disk is full'))
          : store.noteUse(resource, at);
      },
    }),
  });
  const key = await newKey(world);
  t.ok(await key.authenticate(key.secret));
  await world.pass(60_000);
  notes = 'fail';
  t.ok(await key.authenticate(key.secret));
  await turns();
  notes = 'pass';
  const at = world.clock.now();
  t.ok(await key.authenticate(key.secret));
  await world.quiet();
  t.match(await world.get('apikey', key.id), { status: { lastUsed: at } });
});
