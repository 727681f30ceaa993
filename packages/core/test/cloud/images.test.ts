import { createHash } from 'node:crypto';
import { RequestError, type Resource, STORAGE, type StorageDriver } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { readyNetwork, startCloud, type TestCloud } from '../support/cloud.js';

const LINUX = { osType: 'linux', bootMode: 'hvm' };
const BYTES = Buffer.from('the bytes of a disk, more or less '.repeat(100));
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const signal = new AbortController().signal;

async function* chunksOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

async function refusal(work: Promise<unknown>): Promise<RequestError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof RequestError) return thrown;
    throw thrown;
  }
  throw new Error('it was not refused');
}

t.test('what an image comes from has to fit together', async (t) => {
  const world = await startCloud(t);
  const wrong: readonly (readonly [object, string])[] = [
    [{}, 'sizeGb'],
    [{ source: 'url' }, 'sourceUrl'],
    [{ source: 'url', sourceUrl: 'ftp://example.com/disk' }, 'sourceUrl'],
    [{ source: 'url', sourceUrl: 'https://me:secret@example.com/disk' }, 'sourceUrl'],
    [{ source: 'url', sourceUrl: 'not a url' }, 'sourceUrl'],
    [{ source: 'upload', sourceUrl: 'https://example.com/disk' }, 'sourceUrl'],
    [{ source: 'upload', checksum: 'abc' }, 'checksum'],
    [{ source: 'upload', checksum: 'x'.repeat(64) }, 'checksum'],
    [{ source: 'upload', sourceFormat: 'iso' }, 'sourceFormat'],
    [{ source: 'tape' }, 'source'],
  ];
  for (const [body, fieldName] of wrong) {
    const error = await refusal(world.create('image', { ...LINUX, ...body }));
    t.equal(error.fieldName, fieldName, JSON.stringify(body));
  }
});

t.test('an image from a URL tells its checksum and its size', async (t) => {
  const world = await startCloud(t);
  const { id } = await world.create('image', {
    ...LINUX,
    source: 'url',
    sourceUrl: 'https://example.com/disk.raw',
    checksum: SHA256.toUpperCase(),
  });
  const made = await world.reaches('image', id, 'active');
  t.match(made.status, { contentChecksum: SHA256, virtualGb: 1 });
});

t.test(
  'a server of an image without a size of its own gets a root disk that holds it',
  async (t) => {
    const world = await startCloud(t);
    const network = await readyNetwork(world);
    const image = await world.create('image', { ...LINUX, source: 'upload' });
    const server = await world.create('virtualmachine', {
      offering: '2gb-4cpu',
      imageId: image.id,
      networkId: network.id,
    });
    await world.pass(5_000);
    t.equal(world.outside.volumes.objects.size, 0, 'it waits for the image');
    await bring(world, image);
    await world.reaches('virtualmachine', server.id, 'running');
    const [disk] = [...world.outside.volumes.objects.values()];
    t.equal(disk?.actual.virtualBytes, 2 ** 30);
  },
);

async function bring(world: TestCloud, image: Resource): Promise<void> {
  const part = { from: 0, totalBytes: BYTES.byteLength };
  await world.cloud.contents.receive(image, part, chunksOf(BYTES), { signal });
}

t.test('an image that is brought waits, tells how far it is, and is made at once', async (t) => {
  const world = await startCloud(t);
  const { contents } = world.cloud;
  const image = await world.create('image', { ...LINUX, source: 'upload' });
  await world.until(async () => /waits/.test(await message(world, image.id)));
  t.equal((await world.state('image', image.id)).transitioningProgress, 0);
  const half = BYTES.subarray(0, 1700);
  t.same(
    await contents.receive(image, { from: 0, totalBytes: BYTES.byteLength }, chunksOf(half), {
      signal,
    }),
    { receivedBytes: 1700, totalBytes: BYTES.byteLength, id: 'upload-1' },
  );
  await world.pass(61_000);
  t.equal((await world.state('image', image.id)).transitioningProgress, 50);
  t.same((await contents.received(image, { signal })).receivedBytes, 1700);
  const wrong = await refusal(contents.receive(image, { from: 5 }, chunksOf(half), { signal }));
  t.equal(wrong.code, 'Conflict');
  await contents.receive(image, { from: 1700 }, chunksOf(BYTES.subarray(1700)), { signal });
  await world.quiet();
  const made = await world.get('image', image.id);
  t.equal((await world.state('image', image.id)).state, 'active', 'without waiting for time');
  t.equal(made.status['contentChecksum'], SHA256);
  t.equal((await refusal(contents.received(made, { signal }))).code, 'Conflict');
});

async function message(world: TestCloud, id: string): Promise<string> {
  return (await world.state('image', id)).transitioningMessage ?? '';
}

t.test('content that was wrong can be brought again, and is looked at at once', async (t) => {
  const world = await startCloud(t);
  const { contents } = world.cloud;
  const image = await world.create('image', { ...LINUX, source: 'upload', checksum: SHA256 });
  const wrong = { from: 0, totalBytes: 3 };
  await contents.receive(image, wrong, chunksOf(Buffer.from('bad')), { signal });
  await world.until(async () => (await world.state('image', image.id)).state === 'error');
  t.match(await message(world, image.id), /the content is/);
  await bring(world, image);
  await world.quiet();
  t.equal((await world.state('image', image.id)).state, 'active');
});

t.test('a wait for content is no failing, however long it takes', async (t) => {
  const world = await startCloud(t);
  const { id } = await world.create('image', { ...LINUX, source: 'upload' });
  await world.pass(3 * 60 * 60_000);
  const { transitioning, state } = await world.state('image', id);
  t.same({ transitioning, state }, { transitioning: 'yes', state: 'creating' });
});

t.test(
  'only images that are to be brought, and volumes that are there, take content',
  async (t) => {
    const world = await startCloud(t);
    const generated = await world.get('image', '1');
    const volume = await world.create('volume', { sizeGb: 1 });
    for (const resource of [generated, volume]) {
      const part = { from: 0, totalBytes: 1 };
      const work = world.cloud.contents.receive(resource, part, chunksOf(BYTES), { signal });
      t.equal((await refusal(work)).code, 'Conflict');
    }
  },
);

t.test('where the storage driver has no way to bytes it says so', async (t) => {
  const world = await startCloud(t, {
    plugins: [
      (container) => {
        const { content: _content, ...storage }: StorageDriver = container.resolve(STORAGE);
        container.register(STORAGE, { useValue: storage });
      },
    ],
  });
  const image = await world.reaches('image', '1', 'active');
  const error = await refusal(world.cloud.contents.open(image, 'raw', { signal }));
  t.match({ code: error.code, status: error.status }, { code: 'ContentNotHere', status: 501 });
});

async function readyVolume(t: Test): Promise<{ world: TestCloud; volume: Resource }> {
  const world = await startCloud(t);
  const { id } = await world.create('volume', { sizeGb: 1 });
  const volume = await world.reaches('volume', id, 'active');
  world.outside.content.bytes.set(volume.uuid, BYTES);
  return { world, volume };
}

t.test('a volume that no server has is read', async (t) => {
  const { world, volume } = await readyVolume(t);
  const content = await world.cloud.contents.open(volume, 'raw', { signal });
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.stream(10, 3000, signal)) chunks.push(chunk);
  t.ok(Buffer.concat(chunks).equals(BYTES.subarray(10, 3000)));
  t.match(content.tag, new RegExp(`^${volume.uuid}-1-raw-`));
  await content.close();
  t.equal(world.outside.content.open, 0);
});

t.test('a volume that is given to a server meanwhile is never read to its end', async (t) => {
  const { world, volume } = await readyVolume(t);
  const network = await readyNetwork(world);
  const server = await world.create('virtualmachine', {
    offering: '2gb-4cpu',
    imageId: '1',
    networkId: network.id,
  });
  await world.reaches('virtualmachine', server.id, 'running');
  const content = await world.cloud.contents.open(volume, 'raw', { signal });
  let read = 0;
  const reading = (async () => {
    for await (const chunk of content.stream(0, BYTES.byteLength, signal)) {
      read += chunk.byteLength;
      if (read === 1024)
        await world.actWith('volume', volume.id, 'attach', { virtualmachineId: server.id });
    }
  })();
  t.equal((await refusal(reading)).code, 'Conflict');
  t.ok(read < BYTES.byteLength);
  await content.close();
  const attached = await world.reaches('volume', volume.id, 'active');
  const error = await refusal(world.cloud.contents.open(attached, 'raw', { signal }));
  t.match(error.message, /detach/);
  const volumes = await world.store.all(world.type('volume'), 10);
  const root = volumes.find(({ spec }) => spec['device'] === 0);
  if (root === undefined) throw new Error('the server has no root disk');
  const ofRoot = await refusal(world.cloud.contents.open(root, 'raw', { signal }));
  t.match(ofRoot.message, /root disk/);
});

t.test('what is not as asked yet or is going is not read', async (t) => {
  const { world, volume } = await readyVolume(t);
  const { contents } = world.cloud;
  const fresh = await world.create('volume', { sizeGb: 1 });
  t.equal((await refusal(contents.open(fresh, 'raw', { signal }))).code, 'Conflict');
  const going = await world.remove('volume', volume.id);
  t.equal((await refusal(contents.open(going, 'raw', { signal }))).code, 'Conflict');
});
