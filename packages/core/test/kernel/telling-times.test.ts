import { createHmac } from 'node:crypto';
import { ManualClock, quickHasher } from '@gdcloud/core/testing';
import t from 'tap';
import { Credentials } from '../../dist/kernel/credentials.js';
import { Passwords } from '../../dist/kernel/passwords.js';
import { fixedRandom } from '../support/fixed-random.js';
import { timesApart } from '../support/timing.js';

/**
 * From what part on two times count as different. A comparison that ends early is twice as far off and more, see below; one of
 * machine words, as `===` or `memcmp` are, is too quick at 43 letters to be seen.
 */
const APART = 0.1;

/** A comparison of 43 letters is little beside the HMAC of the secret: as many as this at a time are not. */
const DIGESTS = 64;

const pepper = new Uint8Array(16).fill(1);
const random = fixedRandom();
const passwords = new Passwords({
  hasher: quickHasher(),
  random,
  clock: new ManualClock(),
  pepper,
});

function credentials(): Credentials {
  return new Credentials(random, pepper, passwords);
}

const times = <Digest>(digest: Digest): readonly Digest[] =>
  Array.from({ length: DIGESTS }, () => digest);

function differingAt(index: number, digest: string): string {
  const other = digest[index] === 'A' ? 'B' : 'A';
  return digest.slice(0, index) + other + digest.slice(index + 1);
}

/** What somebody tries, as the digests of the key that is called by the name make it. */
function tried(made: Credentials): Readonly<Record<string, readonly (string | undefined)[]>> {
  const its = made.digest(WRONG);
  return {
    'differs at the first letter': times(differingAt(0, its)),
    'differs in the middle': times(differingAt(21, its)),
    'differs at the last letter': times(differingAt(42, its)),
    'of a key that there is not': times(undefined),
    'of a key whose secret is as long': times(made.digest('x'.repeat(WRONG.length))),
    'of a key whose secret is longer': times(made.digest('x'.repeat(200))),
  };
}

const WRONG = 'a secret of forty letters that is wrong.';

t.test('a wrong secret is told apart from no other by the time', async (t) => {
  const made = credentials();
  const cases = Object.fromEntries(
    Object.entries(tried(made)).map(([name, digests]) => [
      name,
      () => made.matches(WRONG, ...digests),
    ]),
  );
  for (const each of Object.values(cases)) t.equal(each(), false);
  const apart = timesApart(cases, APART);
  t.ok(apart < APART, `${(apart * 100).toFixed(1)} percent apart`);
});

t.test('and a comparison that ends at the first difference would be seen', async (t) => {
  const made = credentials();
  const matches = (secret: string, digests: readonly string[]): boolean => {
    const given = Buffer.from(createHmac('sha256', pepper).update(secret).digest('base64url'));
    return digests.map((digest) => equalSoFar(given, Buffer.from(digest))).includes(true);
  };
  const its = made.digest(WRONG);
  const [first, last] = [times(differingAt(0, its)), times(differingAt(42, its))];
  const apart = timesApart(
    { first: () => matches(WRONG, first), last: () => matches(WRONG, last) },
    APART,
  );
  t.ok(apart > APART, `${(apart * 100).toFixed(1)} percent apart`);
});

t.test('a secret that was right under another name is as slow as one that never was', async (t) => {
  const made = credentials();
  const found = 'a secret of forty letters that is right.';
  t.ok(made.matches(found, made.digest(found)));
  const others = made.digest('what opens the key that is asked for');
  const apart = timesApart(
    { found: () => made.matches(found, others), wrong: () => made.matches(WRONG, others) },
    2 * APART,
    { samples: 100, calls: 200, rounds: 8 },
  );
  t.ok(apart < 2 * APART, `${(apart * 100).toFixed(1)} percent apart`);
});

function equalSoFar(left: Uint8Array, right: Uint8Array): boolean {
  for (let index = 0; index < left.length; index += 1)
    if (left[index] !== right[index]) return false;
  return true;
}
