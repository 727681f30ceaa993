import t from 'tap';
import { Credentials } from '../../dist/kernel/credentials.js';
import { fixedRandom } from '../support/fixed-random.js';

const pepper = new Uint8Array(16).fill(1);

t.test('a secret has the length that was asked for, of letters and digits', async (t) => {
  const credentials = new Credentials(fixedRandom(), pepper);
  for (const length of [1, 20, 40, 100]) {
    const secret = credentials.secret(length);
    t.equal(secret.length, length);
    t.match(secret, /^[A-Za-z0-9]+$/);
  }
  t.not(credentials.secret(20), credentials.secret(20));
});

t.test('every letter is as likely: bytes that would favour some are thrown away', async (t) => {
  let byte = 0;
  const counting = {
    fraction: () => 0,
    bytes: (count: number) => Uint8Array.from({ length: count }, () => byte++ % 256),
  };
  const secret = new Credentials(counting, pepper).secret(248 * 10);
  const counts = new Map<string, number>();
  for (const letter of secret) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  t.equal(counts.size, 62);
  t.same([...new Set(counts.values())], [40], 'all 62 equally often');
});

t.test('a digest is the same for the same secret and pepper only', async (t) => {
  const one = new Credentials(fixedRandom(), pepper);
  const other = new Credentials(fixedRandom(), new Uint8Array(16).fill(2));
  t.equal(one.digest('s'), one.digest('s'));
  t.not(one.digest('s'), one.digest('S'));
  t.not(one.digest('s'), other.digest('s'));
  t.notMatch(one.digest('secret'), /secret/);
});

t.test(
  'only the right secret matches, and nothing matches a key that does not exist',
  async (t) => {
    const credentials = new Credentials(fixedRandom(), pepper);
    const digest = credentials.digest('right');
    t.ok(credentials.matches('right', digest));
    for (const wrong of ['', 'wrong', 'right ', 'Right', digest])
      t.notOk(credentials.matches(wrong, digest), wrong);
    t.notOk(credentials.matches('right', undefined));
    t.notOk(credentials.matches('', undefined), 'not even the empty secret');
    t.notOk(credentials.matches('right', 'another length'));
    t.notOk(credentials.matches('right', ''));
  },
);
