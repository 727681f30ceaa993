import { asUuid, SecretUnreadable, systemRandom } from '@gdcloud/core';
import fc from 'fast-check';
import t from 'tap';
import { type Place, Sealer } from '../../../dist/kernel/sealing/sealer.js';
import { keysOf } from '../../support/sealing.js';

const PLACE: Place = {
  account: asUuid('019aa000-0000-7000-8000-000000000001'),
  type: 'vpn',
  uuid: asUuid('019aa000-0000-7000-8000-000000000002'),
  field: 'privateKey',
};
const OTHER = asUuid('019aa000-0000-7000-8000-000000000003');

/** Texts that UTF-8 has no way to write. */
const HALVES = fc
  .array(fc.integer({ min: 0xd800, max: 0xdfff }), { minLength: 1, maxLength: 5 })
  .map((halves) => String.fromCharCode(...halves));

function sealer(...fillings: readonly number[]): Sealer {
  return new Sealer(keysOf(...fillings), systemRandom);
}

function isUnreadable(open: () => unknown): boolean {
  try {
    open();
    return false;
  } catch (thrown) {
    return thrown instanceof SecretUnreadable;
  }
}

t.test('any text comes back as it was, and is not in what is kept', async (t) => {
  const one = sealer(1);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 2_000 }), HALVES), (text) => {
      const sealed = one.seal(text, PLACE);
      t.match(sealed, /^1\.[\w-]{8}\.[\w-]+\.[\w-]+$/);
      return one.open(sealed, PLACE) === text;
    }),
    { numRuns: 200 },
  );
  t.notOk(one.seal('a text that can be read', PLACE).includes('read'));
});

t.test('the same text is sealed otherwise each time', async (t) => {
  const one = sealer(1);
  t.not(one.seal('the same', PLACE), one.seal('the same', PLACE));
});

t.test('no sign of it can be changed', async (t) => {
  const one = sealer(1);
  const sealed = one.seal('canary', PLACE);
  for (let at = 0; at < sealed.length; at += 1) {
    for (const sign of 'A1z.') {
      if (sealed[at] === sign) continue;
      const changed = sealed.slice(0, at) + sign + sealed.slice(at + 1);
      t.ok(
        isUnreadable(() => one.open(changed, PLACE)),
        `${at}: ${sign}`,
      );
    }
  }
  const [version, id, key = '', content = ''] = sealed.split('.');
  for (const [part, other] of [key, content].entries()) {
    const bytes = Buffer.from(other, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const text = flipped.toString('base64url');
      const changed = [version, id, ...(part === 0 ? [text, content] : [key, text])].join('.');
      if (!isUnreadable(() => one.open(changed, PLACE))) t.fail(`part ${part}, bit ${bit}`);
    }
  }
  for (const none of [
    '',
    '1',
    'canary',
    `${sealed}.`,
    ` ${sealed}`,
    `${sealed}\n`,
    `2${sealed.slice(1)}`,
  ])
    t.ok(
      isUnreadable(() => one.open(none, PLACE)),
      JSON.stringify(none),
    );
});

t.test('it opens in its own place only', async (t) => {
  const one = sealer(1);
  const sealed = one.seal('canary', PLACE);
  for (const elsewhere of [
    { account: OTHER },
    { type: 'vpnclient' },
    { uuid: OTHER },
    { field: 'presharedKey' },
  ]) {
    const place = { ...PLACE, ...elsewhere };
    t.ok(
      isUnreadable(() => one.open(sealed, place)),
      JSON.stringify(elsewhere),
    );
    t.ok(
      isUnreadable(() => sealer(2, 1).renew(sealed, place)),
      'nor is it brought along',
    );
  }
});

t.test('parts of two sealed texts do not make a third', async (t) => {
  const one = sealer(1);
  const [left, right] = ['left', 'right'].map((text) => one.seal(text, PLACE).split('.'));
  const mixed = [...(left ?? []).slice(0, 3), right?.[3]].join('.');
  t.ok(isUnreadable(() => one.open(mixed, PLACE)));
});

t.test('another key opens nothing, and says which one is missing', async (t) => {
  const sealed = sealer(1).seal('canary', PLACE);
  const { id } = keysOf(1).current;
  t.throws(() => sealer(2).open(sealed, PLACE), {
    code: 'SecretUnreadable',
    keyId: id,
    message: `privateKey of vpn ${PLACE.uuid} can't be read: it is sealed under key ${id}, which this process does not have`,
    remedy: /that key among its former ones/,
  });
  const named = { current: { ...keysOf(2).current, id }, find: () => keysOf(2).current };
  t.throws(() => new Sealer(named, systemRandom).open(sealed, PLACE), {
    message: /what is kept is not what was sealed for it/,
    remedy: /restore the row/,
  });
});

t.test('a former key opens what it has sealed, and the current one seals', async (t) => {
  const both = sealer(2, 1);
  const old = sealer(1).seal('canary', PLACE);
  t.equal(both.open(old, PLACE), 'canary');
  const anew = both.renew(old, PLACE);
  t.equal(anew.split('.')[1], keysOf(2).current.id);
  t.equal(anew.split('.')[3], old.split('.')[3], 'the text itself is not sealed anew');
  t.equal(sealer(2).open(anew, PLACE), 'canary', 'without the former key');
  t.equal(both.renew(anew, PLACE), anew);
  t.ok(isUnreadable(() => sealer(2).renew(old, PLACE)));
});

t.test('under a key whose name could not be read again nothing is sealed', async (t) => {
  const { bytes } = keysOf(1).current;
  for (const id of ['', 'arn:aws:kms:key', 'a.b', 'x'.repeat(65), 'ümlaut', 'line\n']) {
    const current = { id, bytes };
    t.throws(() => new Sealer({ current, find: () => current }, systemRandom), TypeError, id);
  }
  let current = { id: 'first', bytes };
  const changing = new Sealer(
    {
      get current() {
        return current;
      },
      find: () => current,
    },
    systemRandom,
  );
  t.equal(changing.open(changing.seal('canary', PLACE), PLACE), 'canary');
  current = { id: 'not.a.name', bytes };
  t.throws(() => changing.seal('canary', PLACE), { message: /names no key/ });
});
