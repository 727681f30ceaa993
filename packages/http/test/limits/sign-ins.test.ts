import { asId, asUuid, type Caller } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { LimitRefusal } from '../../dist/limits/limit-refusal.js';
import { SignIns } from '../../dist/limits/sign-ins.js';
import { DEFAULT_TRAFFIC } from '../../dist/limits/traffic-limits.js';

const OWNER: Caller = {
  account: asUuid('0192f3a0-0000-7000-8000-000000000001'),
  accountId: asId('1'),
  accountName: 'Ada',
  kind: 'user',
};
const RIGHT = 'the right secret';
const HOME = '192.0.2.1';
const ELSEWHERE = '198.51.100.7';

/** Sign-ins to a cloud whose keys are `ada` and all names that begin with `key`. */
function signIns() {
  const clock = new ManualClock();
  const seen = { looked: 0, told: 0 };
  const state: { store: 'up' | 'down'; secret: string } = { store: 'up', secret: RIGHT };
  const guarded = new SignIns({
    limits: DEFAULT_TRAFFIC.signIns,
    authenticate: async ({ publicValue, secretValue }) => {
      seen.looked += 1;
      await Promise.resolve();
      if (state.store === 'down') throw new Error('the store is away');
      return /^(ada|key)/.test(publicValue) && secretValue === state.secret ? OWNER : undefined;
    },
    monotonic: () => clock.monotonic(),
    secret: new Uint8Array(32).fill(1),
    logger: {
      debug: () => undefined,
      info: () => undefined,
      error: () => undefined,
      warn: () => {
        seen.told += 1;
      },
    },
  });
  const sign = async (
    publicValue: string,
    secretValue: string,
    address: string = HOME,
  ): Promise<'in' | 'wrong' | number> => {
    try {
      const caller = await guarded.authenticate(
        { publicValue, secretValue },
        address === 'unknown' ? undefined : address,
      );
      return caller === undefined ? 'wrong' : 'in';
    } catch (thrown) {
      if (thrown instanceof LimitRefusal) return thrown.afterMs ?? -1;
      throw thrown;
    }
  };
  return { clock, seen, state, sign };
}

const all = <Result>(count: number, one: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index)));

t.test('of 10,000 wrong tries of one name no more are looked at than may be', async (t) => {
  for (const order of ['in turn', 'at once'] as const) {
    const { seen, sign } = signIns();
    if (order === 'at once') await all(10_000, (index) => sign('ada', `guess ${index}`));
    else for (let index = 0; index < 10_000; index += 1) await sign('ada', `guess ${index}`);
    t.equal(seen.looked, 10, order);
    t.equal(seen.told, 1, 'and the log says so once');
  }
});

t.test('of 10,000 wrong tries of many names at one address neither', async (t) => {
  for (const order of ['in turn', 'at once'] as const) {
    const { seen, sign } = signIns();
    if (order === 'at once') await all(10_000, (index) => sign(`name ${index}`, 'guess'));
    else for (let index = 0; index < 10_000; index += 1) await sign(`name ${index}`, 'guess');
    t.equal(seen.looked, 50, order);
  }
});

t.test('addresses of one IPv6 network are one, and mapped IPv4 is IPv4', async (t) => {
  const { seen, sign } = signIns();
  await all(1_000, (index) => sign(`name ${index}`, 'guess', `2001:db8::${index.toString(16)}`));
  t.equal(seen.looked, 50);
  t.equal(await sign('ada', RIGHT, '2001:db8:0:1::1'), 'in', 'the next network is another');
  await all(10, (index) => sign('ada', `guess ${index}`, `::ffff:${HOME}`));
  t.type(await sign('ada', 'guess', HOME), 'number');
});

t.test('while everybody guesses, each address has a tenth of its tries', async (t) => {
  const { seen, sign } = signIns();
  for (let host = 0; host < 10; host += 1)
    await all(50, (index) => sign(`name ${host} ${index}`, 'guess', `203.0.113.${host}`));
  t.equal(seen.looked, 500);
  await all(50, (index) => sign(`name ${index}`, 'guess', '203.0.113.200'));
  t.equal(seen.looked, 505);
  t.equal(await sign('ada', RIGHT, ELSEWHERE), 'in', 'and who has guessed nothing signs in');
});

t.test('the right key signs in from anywhere else, whatever is tried here', async (t) => {
  const { sign } = signIns();
  await all(10_000, (index) => sign('ada', `guess ${index}`));
  t.equal(await sign('ada', RIGHT, ELSEWHERE), 'in');
});

t.test('nobody is locked out: seconds later it signs in here, too', async (t) => {
  const { clock, sign } = signIns();
  await all(10_000, (index) => sign('ada', `guess ${index}`));
  t.equal(await sign('ada', RIGHT), 2_000, 'which the refusal says');
  clock.advance(2_000);
  t.equal(await sign('ada', RIGHT), 'in');
});

t.test('who was signed in here before stays so, whoever guesses next to them', async (t) => {
  const { seen, sign } = signIns();
  t.equal(await sign('ada', RIGHT), 'in');
  const guesses = all(10_000, (index) => sign('ada', `guess ${index}`));
  t.equal(await sign('ada', RIGHT), 'in', 'while it goes on');
  await guesses;
  t.ok(seen.looked <= 12, `${seen.looked} were looked at, two of them right`);
  await all(10_000, (index) => sign(`name ${index}`, 'guess'));
  t.equal(await sign('ada', RIGHT), 'in', 'and afterwards');
});

t.test('right keys are never counted, however many begin at once', async (t) => {
  const { sign } = signIns();
  t.same(new Set(await all(200, (index) => sign(`key ${index}`, RIGHT))), new Set(['in']));
  t.same(new Set(await all(1_000, () => sign('key 1', RIGHT))), new Set(['in']));
  t.same(new Set(await all(100, () => sign('ada', RIGHT, ELSEWHERE))), new Set(['in']));
});

t.test('that the store is away is held against nobody', async (t) => {
  const { state, sign } = signIns();
  state.store = 'down';
  for (let index = 0; index < 100; index += 1) await t.rejects(sign('ada', RIGHT));
  state.store = 'up';
  t.equal(await sign('ada', RIGHT), 'in');
});

t.test('after its last requests a key that is right no more is one that guesses', async (t) => {
  const { seen, state, sign } = signIns();
  t.equal(await sign('ada', RIGHT), 'in');
  state.secret = 'another';
  await all(100, () => sign('ada', RIGHT));
  const before = seen.looked;
  for (let index = 0; index < 1_000; index += 1) await sign('ada', RIGHT);
  t.ok(seen.looked - before <= 10, `${seen.looked - before} were looked at`);
});

t.test('without addresses all are at one, and names still have their own tries', async (t) => {
  const { seen, sign } = signIns();
  t.equal(await sign('key 1', RIGHT, 'unknown'), 'in');
  await all(10_000, (index) => sign('ada', `guess ${index}`, 'unknown'));
  t.equal(seen.looked, 11);
  t.equal(await sign('key 1', RIGHT, 'unknown'), 'in');
});
