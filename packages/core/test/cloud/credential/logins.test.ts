import type { Caller, JsonObject, PasswordHasher } from '@gdcloud/core';
import { quickHasher } from '@gdcloud/core/testing';
import t from 'tap';
import { startCloud, type TestCloud } from '../../support/cloud.js';
import { deferred, turns } from '../../support/turns.js';

const PASSWORD = 'correct horse battery';

/** A hasher that counts, and that waits for `gate` where there is one. */
function countingHasher(cost?: PasswordHasher['cost']) {
  const quick = quickHasher(cost);
  const counted = {
    hashes: 0,
    inFlight: 0,
    mostInFlight: 0,
    gate: undefined as Promise<void> | undefined,
    hasher: {
      cost: quick.cost,
      derive: async (password, salt, its) => {
        counted.hashes += 1;
        counted.inFlight += 1;
        counted.mostInFlight = Math.max(counted.mostInFlight, counted.inFlight);
        await counted.gate;
        counted.inFlight -= 1;
        return quick.derive(password, salt, its);
      },
    } satisfies PasswordHasher,
  };
  return counted;
}

function signIn(
  world: TestCloud,
  name: string,
  password: string = PASSWORD,
): Promise<Caller | undefined> {
  return world.cloud.resources.authenticate(name, password);
}

/** A login of an account of its own. */
async function ada(world: TestCloud, body: JsonObject = {}) {
  const account = await world.account('ada');
  const login = await world.create(
    'login',
    { username: 'ada', password: PASSWORD, ...body },
    account,
  );
  return { account, login };
}

function asked(world: TestCloud, id: string, input: JsonObject, caller: Caller) {
  return world.cloud.resources.act(caller, world.type('login'), id, 'changepassword', input);
}

t.test(
  'a person signs in with user name and password, which is kept as a digest only',
  async (t) => {
    const world = await startCloud(t);
    const { account, login } = await ada(world);
    t.match(await signIn(world, 'ada'), {
      account: account.account,
      accountId: account.accountId,
      accountName: 'ada',
      kind: 'user',
    });
    t.equal(await signIn(world, 'ada', 'correct horse batterz'), undefined);
    t.equal(await signIn(world, 'eve'), undefined);
    const stored = await world.store.get(login.uuid);
    t.match(stored, {
      spec: { username: 'ada', password: null, passwordDigest: /^scrypt\$1\$1\$1\$/ },
    });
    t.notMatch(JSON.stringify(stored), /correct horse/);
    t.notMatch(JSON.stringify(await world.store.history(login.uuid, 100)), /correct|scrypt/);
    t.notMatch(JSON.stringify(world.lines), /correct horse|scrypt\$/);
    await world.reaches('login', login.id, 'active');
    await world.quiet();
    t.match(await world.get('login', login.id), { status: { lastUsed: world.clock.now() } });
  },
);

t.test(
  'all spellings of a user name that differ in case and composition only are one',
  async (t) => {
    const world = await startCloud(t);
    await ada(world, { username: 'ZO\u00cb' });
    for (const spelling of ['zo\u00eb', 'zoe\u0308', 'ZOE\u0308', 'Zo\u00cb'])
      t.ok(await signIn(world, spelling), spelling);
    t.equal(await signIn(world, 'zoe'), undefined);
    await t.rejects(world.create('login', { username: 'zoe\u0308', password: PASSWORD }), {
      code: 'NotUnique',
      fieldName: 'username',
    });
    await ada(world, { username: 'omega', password: 'p\u00e4sswort-lang' });
    t.ok(await signIn(world, 'omega', 'pa\u0308sswort-lang'), 'passwords are composed too');
    t.equal(await signIn(world, 'omega', 'P\u00e4sswort-lang'), undefined, 'and keep their case');
  },
);

t.test('names and passwords that could not be sent by HTTP Basic are refused', async (t) => {
  const world = await startCloud(t);
  const make = (body: JsonObject) =>
    world.create('login', { username: 'eve', password: PASSWORD, ...body });
  for (const [body, code, fieldName] of [
    [{ username: 'a:b' }, 'InvalidCharacters', 'username'],
    [{ username: 'a\u0007b' }, 'InvalidCharacters', 'username'],
    [{ username: '' }, 'MinLengthExceeded', 'username'],
    [{ username: 'x'.repeat(129) }, 'MaxLengthExceeded', 'username'],
    [{ username: '\u{1f600}'.repeat(65) }, 'MaxLengthExceeded', 'username'],
    [{ password: 'eleven char' }, 'MinLengthExceeded', 'password'],
    [{ password: '\u00e4'.repeat(129) }, 'MaxLengthExceeded', 'password'],
    [{ password: 'x'.repeat(257) }, 'MaxLengthExceeded', 'password'],
    [{ password: 'with a\nnew line' }, 'InvalidCharacters', 'password'],
    [{ password: null }, 'NotNullable', 'password'],
  ] as const)
    await t.rejects(make(body), { code, fieldName }, JSON.stringify(body));
  t.ok(await make({ password: 'x'.repeat(256) }));
});

t.test('a deactivated, removed or orphaned login opens nothing, at once', async (t) => {
  const world = await startCloud(t);
  const { account, login } = await ada(world);
  t.ok(await signIn(world, 'ada'));
  await world.act('login', login.id, 'deactivate', account);
  t.equal(await signIn(world, 'ada'), undefined, 'although its password is known to be right');
  await world.reaches('login', login.id, 'inactive');
  await world.act('login', login.id, 'activate', account);
  t.ok(await signIn(world, 'ada'));
  const row = await world.store.get(account.account);
  await world.store.change(account.account, row?.generation ?? 0, {
    deleteRequestedAt: 1,
    event: { at: 1, what: 'delete requested', why: 'test', result: '' },
  });
  t.equal(await signIn(world, 'ada'), undefined);

  const other = await world.create('login', { username: 'bob', password: PASSWORD });
  t.ok(await signIn(world, 'bob'));
  await world.remove('login', other.id);
  t.equal(await signIn(world, 'bob'), undefined, 'before the kernel has removed it');
  await world.reaches('login', other.id, 'removed');
  t.equal(await signIn(world, 'bob'), undefined);
});

t.test('who changes a password knows the one before, or is an administrator', async (t) => {
  const world = await startCloud(t);
  const { account, login } = await ada(world);
  t.ok(await signIn(world, 'ada'));
  const next = 'another long password';
  await t.rejects(asked(world, login.id, { password: next }, account), {
    code: 'MissingRequired',
    fieldName: 'currentPassword',
  });
  await t.rejects(asked(world, login.id, { password: next, currentPassword: 'a guess' }, account), {
    code: 'PermissionDenied',
    fieldName: 'currentPassword',
  });
  await t.rejects(
    asked(world, login.id, { password: 'short', currentPassword: PASSWORD }, account),
    {
      code: 'MinLengthExceeded',
      fieldName: 'password',
    },
  );
  t.ok(await signIn(world, 'ada'), 'nothing has changed');
  await asked(world, login.id, { password: next, currentPassword: PASSWORD }, account);
  t.equal(await signIn(world, 'ada'), undefined, 'the old one at once');
  t.ok(await signIn(world, 'ada', next));
  await asked(world, login.id, { password: 'chosen by administrator' }, world.admin);
  t.equal(await signIn(world, 'ada', next), undefined);
  t.ok(await signIn(world, 'ada', 'chosen by administrator'));
  const stranger = await world.account('eve');
  await t.rejects(asked(world, login.id, { password: next, currentPassword: PASSWORD }, stranger), {
    code: 'NotFound',
  });
});

t.test('a password that was right is not hashed again for a minute', async (t) => {
  const counted = countingHasher();
  const world = await startCloud(t, { hasher: counted.hasher });
  await ada(world);
  counted.hashes = 0;
  for (let requests = 0; requests < 50; requests += 1) t.ok(await signIn(world, 'ada'));
  t.equal(counted.hashes, 1);
  await signIn(world, 'ada', 'wrong password');
  t.equal(counted.hashes, 2, 'a wrong one is hashed each time');
  world.clock.advance(60_000);
  t.ok(await signIn(world, 'ada'));
  t.equal(counted.hashes, 3);
});

t.test('what another process changes holds at once', async (t) => {
  const one = await startCloud(t);
  const other = await startCloud(t, { after: one });
  const { account, login } = await ada(one);
  for (const world of [one, other]) t.ok(await signIn(world, 'ada'));
  await asked(
    other,
    login.id,
    { password: 'changed elsewhere', currentPassword: PASSWORD },
    account,
  );
  t.equal(await signIn(one, 'ada'), undefined);
  t.ok(await signIn(one, 'ada', 'changed elsewhere'));
  await other.act('login', login.id, 'deactivate', account);
  t.equal(await signIn(one, 'ada', 'changed elsewhere'), undefined);
});

t.test('what changes while a password is being hashed holds', async (t) => {
  const counted = countingHasher();
  const world = await startCloud(t, { hasher: counted.hasher });
  const { account, login } = await ada(world);
  const gate = deferred<void>();
  counted.gate = gate.promise;
  const late = signIn(world, 'ada');
  await turns();
  await world.act('login', login.id, 'deactivate', account);
  gate.resolve();
  t.equal(await late, undefined);
});

t.test('a digest is made anew at the next sign-in when digests cost something else', async (t) => {
  const one = await startCloud(t);
  const { login } = await ada(one);
  await one.stop();
  const counted = countingHasher({ log2N: 2, r: 1, p: 1 });
  const other = await startCloud(t, { after: one, hasher: counted.hasher });
  t.equal(await signIn(other, 'ada', 'wrong password'), undefined);
  const digest = async () => String((await other.store.get(login.uuid))?.spec['passwordDigest']);
  t.match(await digest(), /^scrypt\$1\$1\$1\$/, 'a wrong password changes nothing');
  t.ok(await signIn(other, 'ada'));
  t.match(await digest(), /^scrypt\$2\$1\$1\$/);
  counted.hashes = 0;
  t.ok(await signIn(other, 'ada'));
  t.equal(counted.hashes, 0, 'and is known');
  await other.pass(61_000);
  t.ok(await signIn(other, 'ada'));
  t.equal(counted.hashes, 1, 'once and for all');
});

t.test('nobody costs as many hashes, and as many reads, as somebody', async (t) => {
  const counted = countingHasher();
  let reads = 0;
  const world = await startCloud(t, {
    hasher: counted.hasher,
    wrapStore: (store) => ({
      ...store,
      get: (uuid) => {
        reads += 1;
        return store.get(uuid);
      },
      findByNaturalKey: (type, key) => {
        reads += 1;
        return store.findByNaturalKey(type, key);
      },
      findAll: (scope, wanted) => {
        reads += 1;
        return store.findAll(scope, wanted);
      },
    }),
  });
  const { account, login } = await ada(world);
  const cost = async (name: string) => {
    await world.quiet();
    [counted.hashes, reads] = [0, 0];
    t.equal(await signIn(world, name, 'not the password'), undefined);
    return { hashes: counted.hashes, reads };
  };
  const nobody = await cost('nobody');
  t.same(nobody, { hashes: 1, reads: 3 });
  t.same(await cost('ada'), nobody);
  t.ok(await signIn(world, 'ada', PASSWORD));
  t.same(await cost('ada'), nobody, 'nor do those who signed in lately cost less');
  await world.act('login', login.id, 'deactivate', account);
  t.same(await cost('ada'), nobody);
});

t.test('what is too long to be a password is not hashed', async (t) => {
  const counted = countingHasher();
  const world = await startCloud(t, { hasher: counted.hasher });
  await ada(world);
  counted.hashes = 0;
  t.equal(await signIn(world, 'ada', 'x'.repeat(257)), undefined);
  t.equal(await signIn(world, 'nobody', 'x'.repeat(1_000_000)), undefined);
  t.equal(counted.hashes, 0);
});

t.test(
  'two passwords are hashed at a time, some wait, and others are told to come again',
  async (t) => {
    const counted = countingHasher();
    const world = await startCloud(t, { hasher: counted.hasher });
    await ada(world);
    const gate = deferred<void>();
    counted.gate = gate.promise;
    const tries = Array.from({ length: 100 }, (_, index) =>
      signIn(world, index % 2 === 0 ? 'ada' : 'nobody', `wrong ${index}`).then(
        () => 'answered',
        (error: { readonly code: string; readonly status: number }) =>
          `${error.status} ${error.code}`,
      ),
    );
    await turns();
    t.equal(counted.inFlight, 2);
    const key = world.cloud.resources.authenticate('admin', 'the-administrators-secret');
    t.match(await key, { kind: 'admin' }, 'a key does not wait for any of them');
    t.equal(
      await world.cloud.resources.authenticate('admin', 'wrong'),
      undefined,
      'nor is one refused late',
    );
    gate.resolve();
    const ends = await Promise.all(tries);
    t.equal(ends.filter((end) => end === 'answered').length, 34);
    t.equal(ends.filter((end) => end === '503 TooManySignIns').length, 66);
    t.equal(counted.mostInFlight, 2);
    counted.gate = undefined;
    t.ok(await signIn(world, 'ada'), 'and then all is well again');
  },
);

t.test('who waits too long for a turn is told so', async (t) => {
  const counted = countingHasher();
  const world = await startCloud(t, { hasher: counted.hasher });
  const gate = deferred<void>();
  counted.gate = gate.promise;
  const busy = [signIn(world, 'a'), signIn(world, 'b')];
  await turns();
  const late = t.rejects(signIn(world, 'c'), { code: 'TooManySignIns' });
  await turns();
  await world.pass(15_000);
  await late;
  gate.resolve();
  await Promise.all(busy);
  t.equal(await signIn(world, 'd'), undefined, 'a turn that nobody took is free');
});

t.test('a key and a login of one name are each opened by their own secret', async (t) => {
  const world = await startCloud(t);
  await ada(world, { username: 'admin' });
  t.match(await signIn(world, 'admin', 'the-administrators-secret'), { kind: 'admin' });
  t.match(await signIn(world, 'admin'), { kind: 'user' });
  t.match(await signIn(world, 'admin', 'the-administrators-secret'), { kind: 'admin' });
  t.equal(await signIn(world, 'admin', 'of nobody at all'), undefined);
});

t.test('a user name may look like an id', async (t) => {
  const world = await startCloud(t);
  await world.create('login', { username: 'first', password: PASSWORD });
  await ada(world, { username: '1' });
  for (const time of ['first', 'second', 'third'])
    t.match(await signIn(world, '1'), { kind: 'user' }, time);
});
