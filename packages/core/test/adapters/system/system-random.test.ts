import t from 'tap';
import { systemRandom } from '../../../dist/adapters/system/system-random.js';

function hex(count: number): string {
  return Buffer.from(systemRandom.bytes(count)).toString('hex');
}

t.test('as many bytes are given as are asked for', async (t) => {
  for (const count of [0, 1, 16, 63, 64, 65, 4_095, 4_096, 4_097, 100_000])
    t.equal(systemRandom.bytes(count).byteLength, count);
});

t.test('no bytes are given twice, in whatever portions they are asked for', async (t) => {
  const seen = new Set<string>();
  let count = 0;
  for (let round = 0; round < 20_000; round += 1) {
    seen.add(hex(16 + (round % 50)).slice(0, 32));
    count += 1;
  }
  t.equal(seen.size, count);
});

t.test('every value of a byte comes as often as any other', async (t) => {
  const times = Array.from({ length: 256 }, () => 0);
  const all = 256 * 1_000;
  for (let given = 0; given < all; given += 32)
    for (const byte of systemRandom.bytes(32)) times[byte] = (times[byte] ?? 0) + 1;
  // Seven standard deviations: one run in a thousand million fails by chance.
  const far = 7 * Math.sqrt(1_000);
  t.same(
    times.filter((count) => Math.abs(count - 1_000) > far),
    [],
  );
});

t.test('whoever changes what was given changes no other’s', async (t) => {
  const first = systemRandom.bytes(16);
  const second = systemRandom.bytes(16);
  const kept = Buffer.from(second).toString('hex');
  first.fill(0);
  t.equal(Buffer.from(second).toString('hex'), kept);
  t.not(hex(16), '00'.repeat(16));
});

t.test('what is no count is refused, and nothing is given twice afterwards', async (t) => {
  const before = new Set([hex(16)]);
  for (const count of [-1, -64, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => systemRandom.bytes(count), RangeError, String(count));
  for (let round = 0; round < 300; round += 1) {
    const bytes = hex(16);
    t.equal(bytes.length, 32);
    if (before.has(bytes)) t.fail('given before');
    before.add(bytes);
  }
});
