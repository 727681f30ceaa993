import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageDesired, StorageDriver } from '@gdcloud/core';
import { createNfsVhdDriver, type ImportOptions } from '@gdcloud/driver-nfs-vhd';
import { type Test, test } from 'tap';
import { type ContentServer, contentServer } from '../support/content-server.js';
import { createWhole, diskBytes, fromUrl, guestBytes, holds, sha256 } from '../support/contents.js';
import { call, GIB, keyOf, MIB, shareNames, uuid } from '../support/fixtures.js';

const LOOPBACK = { allowNetworks: ['127.0.0.0/8'] };

async function world(
  t: Test,
  content: Buffer,
  imports: ImportOptions = LOOPBACK,
): Promise<{
  server: ContentServer;
  driver: StorageDriver;
  folder: string;
  readonly again: () => StorageDriver;
}> {
  const home = await mkdtemp(join(tmpdir(), 'gdcloud-import-'));
  const folder = join(home, 'share');
  const server = await contentServer(content);
  t.teardown(async () => {
    await server.close();
    await rm(home, { recursive: true });
  });
  const again = (): StorageDriver => createNfsVhdDriver({ folder, imports });
  return { server, driver: again(), folder, again };
}

const small = (url: string, more: { readonly sha256?: string } = {}): ImageDesired =>
  fromUrl(url, { ...more, sizeBytes: 8 * MIB });

test('content is fetched, and nothing but the image stays', async (t) => {
  const content = diskBytes(5 * MIB + 700);
  const { server, driver, folder } = await world(t, content);
  const desired = fromUrl(server.url, { sha256: sha256(content) });
  await createWhole(driver, 1, desired);
  t.same(await shareNames(folder), ['.gdcloud/sum', `.gdcloud/sum/${uuid(1)}`, `${uuid(1)}.vhd`]);
  const seen = await driver.images.observe(keyOf(1), desired, call());
  t.match(seen, {
    presence: 'present',
    changes: [],
    actual: { virtualBytes: GIB, sha256: sha256(content) },
  });
  const guest = await guestBytes(driver, 1);
  t.ok(guest.subarray(0, content.byteLength).equals(content), 'bit by bit');
});

test('a connection that breaks is gone on with where it broke', async (t) => {
  const content = diskBytes(6 * MIB, 2);
  const { server, driver } = await world(t, content);
  server.cutAfter = MIB + 11;
  await createWhole(driver, 1, small(server.url, { sha256: sha256(content) }));
  t.ok(holds(await guestBytes(driver, 1), content));
  t.equal(server.requests.length, 6);
  t.match(server.requests[1]?.range, /^bytes=\d+-$/);
});

test('after a crash the next process goes on with what is durable', async (t) => {
  const content = diskBytes(6 * MIB, 3);
  const { server, driver, again } = await world(t, content);
  server.cutAfter = 3 * MIB;
  const desired = small(server.url);
  let cuts = 0;
  server.answer = (_request, response) => {
    cuts += 1;
    if (cuts < 2) return false;
    response.destroy();
    return true;
  };
  await t.rejects(createWhole(driver, 1, desired), {
    code: 'SourceUnreachable',
    outcome: 'rejected',
  });
  server.answer = undefined;
  server.cutAfter = undefined;
  await createWhole(again(), 1, desired);
  const last = server.requests.at(-1);
  t.equal(last?.range, `bytes=${3 * MIB}-`, 'three mebibytes were not fetched twice');
  t.ok(holds(await guestBytes(driver, 1), content));
});

test('content that changes on the way is fetched anew', async (t) => {
  const { server, driver, folder, again } = await world(t, diskBytes(4 * MIB, 4));
  server.cutAfter = 2 * MIB;
  server.answer = (_request, response) => {
    if (server.requests.length < 2) return false;
    response.destroy();
    return true;
  };
  await t.rejects(createWhole(driver, 1, small(server.url)), { code: 'SourceUnreachable' });
  const other = diskBytes(5 * MIB, 5);
  Object.assign(server, { answer: undefined, cutAfter: undefined, etag: '"two"', content: other });
  await createWhole(again(), 1, small(server.url, { sha256: sha256(other) }));
  t.ok(holds(await guestBytes(driver, 1), other));
  t.same(await shareNames(folder), ['.gdcloud/sum', `.gdcloud/sum/${uuid(1)}`, `${uuid(1)}.vhd`]);
});

test('content that has become shorter than what is there already is fetched anew', async (t) => {
  const { server, driver, again } = await world(t, diskBytes(4 * MIB, 4));
  server.cutAfter = 2 * MIB;
  server.answer = (_request, response) => {
    if (server.requests.length < 2) return false;
    response.destroy();
    return true;
  };
  await t.rejects(createWhole(driver, 1, small(server.url)), { code: 'SourceUnreachable' });
  const other = diskBytes(MIB, 5);
  Object.assign(server, { cutAfter: undefined, etag: '"two"', content: other });
  server.answer = (request, response) => {
    if (request.headers.range === undefined) return false;
    response.writeHead(416, { 'content-range': `bytes */${other.byteLength}` }).end();
    return true;
  };
  await createWhole(again(), 1, small(server.url));
  t.ok(holds(await guestBytes(driver, 1), other));
});

test('a server without ranges, tags or lengths is fetched from in one piece', async (t) => {
  const content = diskBytes(4 * MIB, 6);
  const { server, driver } = await world(t, content);
  Object.assign(server, { ranges: 'no', etag: undefined, length: 'unsaid' });
  await createWhole(driver, 1, small(server.url));
  t.ok(holds(await guestBytes(driver, 1), content));
});

test('without a tag what broke off is never gone on with', async (t) => {
  const content = diskBytes(4 * MIB, 6);
  const { server, driver } = await world(t, content);
  Object.assign(server, { etag: undefined, cutAfter: 3 * MIB });
  await t.rejects(createWhole(driver, 1, small(server.url)), { code: 'SourceUnreachable' });
  server.cutAfter = undefined;
  await createWhole(driver, 1, small(server.url));
  t.ok(holds(await guestBytes(driver, 1), content));
  t.ok(server.requests.every(({ range }) => range === undefined));
});

test('content with another checksum is never published, and nothing of it stays', async (t) => {
  const content = diskBytes(2 * MIB, 7);
  const { server, driver, folder } = await world(t, content);
  const desired = fromUrl(server.url, { sha256: 'ab'.repeat(32) });
  await t.rejects(createWhole(driver, 1, desired), {
    outcome: 'invalid',
    code: 'ChecksumMismatch',
    message: new RegExp(sha256(content)),
  });
  t.same(await driver.images.observe(keyOf(1), desired, call()), { presence: 'absent' });
  t.same(await shareNames(folder), []);
});

test('what a server answers is told for what it is', async (t) => {
  const { server, driver } = await world(t, Buffer.alloc(0));
  const answers = [
    [404, 'invalid', 'SourceRefused'],
    [403, 'invalid', 'SourceRefused'],
    [500, 'rejected', 'SourceBusy'],
    [429, 'rejected', 'SourceBusy'],
  ] as const;
  for (const [status, outcome, code] of answers) {
    server.answer = (_request, response) => {
      response.writeHead(status).end();
      return true;
    };
    const failed = createWhole(driver, 1, fromUrl(`${server.url}?signature=secret`));
    await t.rejects(failed, { outcome, code }, `${status}`);
    await failed.catch((thrown: Error) => t.notMatch(thrown.message, /secret|disk\.raw/));
  }
});

test('a content that is too large is refused before it is fetched', async (t) => {
  const { server, driver } = await world(t, diskBytes(8 * MIB), {
    ...LOOPBACK,
    mostBytes: 4 * MIB,
  });
  await t.rejects(createWhole(driver, 1, fromUrl(server.url)), {
    outcome: 'invalid',
    code: 'ContentTooLarge',
  });
});

test('an image that is asked to be smaller than its content is refused', async (t) => {
  const { server, driver } = await world(t, diskBytes(8 * MIB));
  await t.rejects(createWhole(driver, 1, fromUrl(server.url, { sizeBytes: 4 * MIB })), {
    outcome: 'invalid',
    code: 'ContentTooLarge',
  });
});

test('an image is as large as asked', async (t) => {
  const content = diskBytes(MIB);
  const { server, driver } = await world(t, content);
  const desired = fromUrl(server.url, { sizeBytes: 2 * GIB });
  await createWhole(driver, 1, desired);
  const seen = await driver.images.observe(keyOf(1), desired, call());
  t.match(seen, { presence: 'present', changes: [], actual: { virtualBytes: 2 * GIB } });
});

test('redirects are followed, a few of them', async (t) => {
  const content = diskBytes(MIB, 8);
  const { server, driver } = await world(t, content);
  server.answer = (request, response) => {
    const left = Number(request.url?.slice(1));
    if (!(left > 0)) return false;
    response.writeHead(302, { location: `/${left - 1}` }).end();
    return true;
  };
  const base = new URL(server.url);
  await createWhole(driver, 1, small(new URL('/5', base).href));
  t.ok(holds(await guestBytes(driver, 1), content));
  await t.rejects(createWhole(driver, 2, fromUrl(new URL('/6', base).href)), {
    code: 'SourceRedirects',
  });
});

test('a redirect to a place inside is refused like the place itself', async (t) => {
  const { server, driver } = await world(t, Buffer.alloc(512));
  for (const location of ['http://169.254.169.254/latest', 'file:///etc/shadow', 'http://[::1]/']) {
    server.answer = (_request, response) => {
      response.writeHead(302, { location }).end();
      return true;
    };
    await t.rejects(createWhole(driver, 1, small(server.url)), { code: 'SourceForbidden' });
  }
});

test('a deletion ends an import and takes all of it along', async (t) => {
  const { server, driver, folder } = await world(t, diskBytes(4 * MIB, 9));
  server.cutAfter = 2 * MIB;
  server.answer = (_request, response) => {
    if (server.requests.length < 2) return false;
    response.destroy();
    return true;
  };
  await t.rejects(createWhole(driver, 1, small(server.url)));
  t.match(await driver.images.observe(keyOf(1), undefined, call()), { presence: 'present' });
  await driver.images.delete(keyOf(1), call());
  t.same(await driver.images.observe(keyOf(1), undefined, call()), { presence: 'absent' });
  t.same(await shareNames(folder), []);
});
