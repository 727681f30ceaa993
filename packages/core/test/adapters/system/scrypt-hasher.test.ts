import { scryptHasher } from '@gdcloud/core';
import t from 'tap';

t.test('a hash is that of RFC 7914', async (t) => {
  // Its third test vector; a key of 32 bytes is the first half of one of 64.
  const cost = { log2N: 14, r: 8, p: 1 };
  const salt = Buffer.from('SodiumChloride');
  const hash = await scryptHasher().derive('pleaseletmein', salt, cost);
  t.equal(
    Buffer.from(hash).toString('hex'),
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
  );
});

t.test('it costs what it is told, by default 128 MiB each', async (t) => {
  t.same(scryptHasher().cost, { log2N: 17, r: 8, p: 1 });
  const hash = await scryptHasher().derive('a password', new Uint8Array(16), scryptHasher().cost);
  t.equal(hash.length, 32, 'Node lets it have so much memory');
});

t.test('another password, salt or cost gives another hash', async (t) => {
  const hasher = scryptHasher();
  const cost = { log2N: 4, r: 1, p: 1 };
  const hex = async (...args: Parameters<typeof hasher.derive>) =>
    Buffer.from(await hasher.derive(...args)).toString('hex');
  const salt = new Uint8Array(16);
  const hashes = await Promise.all([
    hex('password', salt, cost),
    hex('Password', salt, cost),
    hex('password', new Uint8Array(16).fill(1), cost),
    hex('password', salt, { ...cost, log2N: 5 }),
    hex('password', salt, { ...cost, r: 2 }),
    hex('password', salt, { ...cost, p: 2 }),
  ]);
  t.equal(new Set(hashes).size, 6);
  t.equal(await hex('password', salt, cost), hashes[0]);
});
