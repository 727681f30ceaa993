import fc from 'fast-check';
import t from 'tap';
import {
  demandKeys,
  type Envelope,
  isTimely,
  LARGEST_MESSAGE,
  opened,
  type Seal,
  sealed,
} from '../../../dist/adapters/driver-host/envelope.js';

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const seal: Seal = { keys: [key(1)], largestMessage: LARGEST_MESSAGE };
const ENVELOPE: Envelope = {
  kind: 'request',
  id: 'f00d',
  from: 'client',
  to: 'rack-1',
  life: 'a life',
  at: 1_000,
  until: 2_000,
  body: { name: 'Zoë’s 🦊', size: 3 },
};

function text(envelope: Envelope = ENVELOPE, by: Seal = seal): string {
  const made = sealed(envelope, by);
  if (made === undefined) throw new Error('it is too large');
  return made;
}

t.test('what was sealed opens to the same', async (t) => {
  fc.assert(
    fc.property(
      fc.record({
        kind: fc.constantFrom<Envelope['kind'][]>('seek', 'announce', 'request', 'reply'),
        id: fc.string({ minLength: 1, maxLength: 64 }),
        from: fc
          .string({ minLength: 1, maxLength: 128, unit: 'binary' })
          .filter((s) => s.length <= 128),
        to: fc.string({ minLength: 1, maxLength: 128 }),
        life: fc.string({ minLength: 1, maxLength: 64 }),
        at: fc.integer(),
        until: fc.integer(),
        body: fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value))),
      }),
      (envelope) => {
        t.same(opened(text(envelope), seal), { kind: 'opened', envelope });
      },
    ),
    { numRuns: 200 },
  );
});

t.test('a message with any bit flipped is refused', async (t) => {
  const whole = text();
  t.match(whole, /^[\x20-\x7e]*$/, 'there is one text for a message');
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(15), (at, bit) => {
      const flipped =
        whole.slice(0, at) +
        String.fromCharCode(whole.charCodeAt(at) ^ (1 << bit)) +
        whole.slice(at + 1);
      t.equal(opened(flipped, seal).kind, 'refused');
    }),
    { numRuns: 3_000 },
  );
});

t.test('a message that is cut off or goes on is refused', async (t) => {
  const whole = text();
  for (let length = 0; length < whole.length; length += 1) {
    t.equal(opened(whole.slice(0, length), seal).kind, 'refused');
  }
  t.equal(opened(`${whole} `, seal).kind, 'refused');
  t.equal(opened(` ${whole}`, seal).kind, 'refused');
});

t.test('junk is refused and never throws', async (t) => {
  const [version, code] = text().split('.');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (junk) => {
      for (const each of [junk, `gdh1.${junk}`, `${version}.${code}.${junk}`]) {
        t.equal(opened(each, seal).kind, 'refused');
      }
    }),
    { numRuns: 500 },
  );
});

t.test('what is signed and yet no envelope is malformed', async (t) => {
  const unknownKind = { ...ENVELOPE, kind: 'question' as Envelope['kind'] };
  t.same(opened(text(unknownKind), seal), { kind: 'refused', reason: 'malformed' });
  t.same(opened(text({ ...ENVELOPE, id: '' }), seal), { kind: 'refused', reason: 'malformed' });
  t.same(opened(text({ ...ENVELOPE, at: Number.NaN }), seal), {
    kind: 'refused',
    reason: 'malformed',
  });
});

t.test('each refusal has its reason', async (t) => {
  const whole = text();
  t.same(opened('hello', seal), { kind: 'refused', reason: 'malformed' });
  t.same(opened(whole.replace('gdh1', 'gdh2'), seal), { kind: 'refused', reason: 'version' });
  t.same(opened(whole.replace('rack-1', 'rack-2'), seal), { kind: 'refused', reason: 'forged' });
  t.same(opened(whole, { ...seal, largestMessage: whole.length - 1 }), {
    kind: 'refused',
    reason: 'too large',
  });
});

t.test('a message larger than allowed is not made', async (t) => {
  const { length } = text();
  t.equal(sealed(ENVELOPE, { ...seal, largestMessage: length - 1 }), undefined);
  t.equal(sealed(ENVELOPE, { ...seal, largestMessage: length })?.length, length);
});

t.test('while a key is changed, both open and the first signs', async (t) => {
  const before: Seal = { ...seal, keys: [key(1)] };
  const prepared: Seal = { ...seal, keys: [key(1), key(2)] };
  const changed: Seal = { ...seal, keys: [key(2), key(1)] };
  const after: Seal = { ...seal, keys: [key(2)] };
  const understands = (reader: Seal, writer: Seal): boolean =>
    opened(text(ENVELOPE, writer), reader).kind === 'opened';
  for (const [one, other] of [
    [before, prepared],
    [prepared, changed],
    [changed, after],
  ] as const) {
    t.ok(
      understands(one, other) && understands(other, one),
      'neighbours in time understand each other',
    );
  }
  t.notOk(understands(after, before));
});

t.test('keys are one or two and long enough', async (t) => {
  demandKeys([key(1)]);
  demandKeys([key(1), key(2)]);
  t.throws(() => demandKeys([]), TypeError);
  t.throws(() => demandKeys([key(1), key(2), key(3)]), TypeError);
  t.throws(() => demandKeys([new Uint8Array(31)]), /32 bytes/);
});

t.test('a message is timely for a minute, whichever clock is ahead', async (t) => {
  const at = (now: number): boolean => isTimely({ ...ENVELOPE, at: 100_000 }, now);
  t.ok(at(40_000));
  t.ok(at(160_000));
  t.notOk(at(39_999));
  t.notOk(at(160_001));
});
