import { sealingKeysFrom } from '@gdcloud/core';
import t from 'tap';

const FIRST = new Uint8Array(16).fill(1);
const SECOND = new Uint8Array(32).fill(2);

t.test('the first secret makes the current key, and all can be found', async (t) => {
  const keys = sealingKeysFrom([FIRST, SECOND]);
  t.equal(keys.current.bytes.length, 32);
  t.match(keys.current.id, /^[\w-]{8}$/);
  t.same(keys.find(keys.current.id), keys.current);
  const { id, bytes } = sealingKeysFrom([SECOND]).current;
  t.same(keys.find(id)?.bytes, bytes, 'the same secret makes the same key, whatever its place');
  t.not(id, keys.current.id);
  t.equal(keys.find('another'), undefined);
});

t.test('a key is not the secret, nor is its name a part of it', async (t) => {
  const { id, bytes } = sealingKeysFrom([SECOND]).current;
  t.notSame(Buffer.from(bytes), Buffer.from(SECOND));
  t.notOk(Buffer.from(bytes).toString('base64url').includes(id));
});

t.test('none, and one that is too short, are refused', async (t) => {
  t.throws(() => sealingKeysFrom([]), /at least one/);
  t.throws(() => sealingKeysFrom([SECOND, new Uint8Array(15)]), /at least 16 bytes/);
});
