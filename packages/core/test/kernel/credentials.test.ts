import type { Random } from '@gdcloud/core';
import { ManualClock, quickHasher } from '@gdcloud/core/testing';
import t from 'tap';
import { Credentials } from '../../dist/kernel/credentials.js';
import { Passwords } from '../../dist/kernel/passwords.js';
import { fixedRandom } from '../support/fixed-random.js';

const pepper = new Uint8Array(16).fill(1);

function credentialsWith(random: Random, its = pepper): Credentials {
  const options = { hasher: quickHasher(), random, clock: new ManualClock(), pepper: its };
  return new Credentials(random, its, new Passwords(options));
}

t.test('a secret has the length that was asked for, of letters and digits', async (t) => {
  const credentials = credentialsWith(fixedRandom());
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
  const secret = credentialsWith(counting).secret(248 * 10);
  const counts = new Map<string, number>();
  for (const letter of secret) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  t.equal(counts.size, 62);
  t.same([...new Set(counts.values())], [40], 'all 62 equally often');
});

t.test('a digest is the same for the same secret and pepper only', async (t) => {
  const one = credentialsWith(fixedRandom());
  const other = credentialsWith(fixedRandom(), new Uint8Array(16).fill(2));
  t.equal(one.digest('s'), one.digest('s'));
  t.not(one.digest('s'), one.digest('S'));
  t.not(one.digest('s'), other.digest('s'));
  t.notMatch(one.digest('secret'), /secret/);
});

t.test(
  'only the right secret matches, and nothing matches a key that does not exist',
  async (t) => {
    const credentials = credentialsWith(fixedRandom());
    const digest = credentials.digest('right');
    t.ok(credentials.matches('right', digest));
    t.ok(credentials.matches('right', 'another', digest));
    t.ok(credentials.matches('right', undefined, digest));
    t.notOk(credentials.matches('right', undefined, undefined));
    for (const wrong of ['', 'wrong', 'right ', 'Right', digest])
      t.notOk(credentials.matches(wrong, digest), wrong);
    t.notOk(credentials.matches('right', undefined));
    t.notOk(credentials.matches('', undefined), 'not even the empty secret');
    t.notOk(credentials.matches('right', 'another length'));
    t.notOk(credentials.matches('right', ''));
  },
);
