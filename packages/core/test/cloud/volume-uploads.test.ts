import type { BroughtContent, Resource } from '@gdcloud/core';
import t from 'tap';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { attach, disk, held, machine, snapshot, write } from '../support/volumes.js';

const { signal } = new AbortController();

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from(text);
}

/** Brings all of a content, and asks for what is to become of it, as the HTTP interface does. */
async function bring(
  world: TestCloud,
  volume: Resource,
  text: string,
  sha256?: string,
): Promise<Resource> {
  const now = await world.get('volume', volume.id);
  const part = { from: 0, totalBytes: text.length, sha256 };
  const received = await world.cloud.contents.receive(now, part, chunksOf(text), { signal });
  return world.actWith('volume', volume.id, ...asked(received));
}

function asked({ next }: BroughtContent): [string, { readonly [name: string]: string }] {
  if (next === undefined) throw new Error('nothing is to be asked for');
  return [next.action, next.input];
}

t.test('a volume holds what was brought, and its snapshots what they held', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  write(world, volume, 'letters');
  const taken = await snapshot(world, volume);
  const given = await bring(world, volume, 'drawings');
  t.match(given.spec, { contents: 1 });
  t.match(await world.state('volume', volume.id), { state: 'updating', transitioning: 'yes' });
  const { status } = await world.reaches('volume', volume.id, 'active');
  t.match(status, { contentsDone: 1, contentRefused: null });
  t.equal(held(world, volume), 'drawings');
  t.equal(held(world, taken), 'letters');
  t.ok((await world.events('volume', volume.id)).includes('replace'));
  write(world, volume, 'music');
  await world.act('volume', volume.id, 'reconcile');
  await world.pass(5 * 60_000);
  t.equal(held(world, volume), 'music', 'it is not given it again by itself');
  await bring(world, volume, 'films');
  await world.reaches('volume', volume.id, 'active');
  t.equal(held(world, volume), 'films');
});

t.test('until all of it is there and asked for, a volume stays as it is', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  write(world, volume, 'letters');
  const { contents } = world.cloud;
  const first = { from: 0, totalBytes: 8 };
  await contents.receive(volume, first, chunksOf('draw'), { signal });
  t.match(await contents.received(volume, { signal }), { receivedBytes: 4, totalBytes: 8 });
  await contents.receive(volume, { from: 4 }, chunksOf('ings'), { signal });
  await world.pass(5 * 60_000);
  t.equal(held(world, volume), 'letters', 'a process may die before it asks');
  const [action, input] = asked(await contents.received(volume, { signal }));
  await world.actWith('volume', volume.id, action, input);
  await world.reaches('volume', volume.id, 'active');
  t.equal(held(world, volume), 'drawings');
});

t.test('content that is refused changes nothing, and the volume says why', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  write(world, volume, 'letters');
  await bring(world, volume, 'drawings', 'f'.repeat(64));
  const { status } = await world.reaches('volume', volume.id, 'active');
  t.match(status, { contentsDone: 1, contentRefused: /^ChecksumMismatch: / });
  t.equal(held(world, volume), 'letters');
  await bring(world, volume, 'drawings');
  t.match((await world.reaches('volume', volume.id, 'active')).status, { contentRefused: null });
  t.equal(held(world, volume), 'drawings');
});

t.test('a volume in a server, or that is being changed, takes none', async (t) => {
  const world = await startCloud(t);
  const vm = await machine(world);
  const volume = await disk(world);
  const taken = await snapshot(world, volume);
  const part = { from: 0, totalBytes: 8 };
  const take = async (): Promise<BroughtContent> => {
    const now = await world.get('volume', volume.id);
    return world.cloud.contents.receive(now, part, chunksOf('drawings'), { signal });
  };
  const [action, input] = asked(await take());
  await world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id });
  await t.rejects(take(), { code: 'Conflict', message: /is being restored: ask again once it is/ });
  await t.rejects(world.actWith('volume', volume.id, action, input), {
    code: 'AdmissionRefused',
    fieldName: 'uploadId',
  });
  await world.reaches('volume', volume.id, 'active');
  await world.actWith('volume', volume.id, 'resize', { sizeGb: 6 });
  await t.rejects(take(), { code: 'Conflict', message: /is not as asked yet/ });
  await world.reaches('volume', volume.id, 'active');
  await attach(world, volume, vm);
  await t.rejects(take(), { code: 'Conflict', message: /is in a server: detach it first/ });
  await t.rejects(world.actWith('volume', volume.id, action, input), {
    code: 'ActionNotAvailable',
  });
  const tooLong = { from: 0, totalBytes: 7 * 2 ** 30 };
  await world.act('volume', volume.id, 'detach');
  const free = await world.reaches('volume', volume.id, 'active');
  await t.rejects(world.cloud.contents.receive(free, tooLong, chunksOf('x'), { signal }), {
    code: 'BodyTooLarge',
    detail: /Resize the volume/,
  });
});

t.test('what is asked meanwhile waits, or is refused', async (t) => {
  const world = await startCloud(t);
  const vm = await machine(world);
  const volume = await disk(world);
  const taken = await snapshot(world, volume);
  await bring(world, volume, 'drawings');
  await t.rejects(world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id }), {
    code: 'AdmissionRefused',
    message: /is being given what was brought/,
  });
  await t.rejects(world.create('snapshot', { volumeId: volume.id }), {
    message: /is being given what was brought/,
  });
  await world.actWith('volume', volume.id, 'attach', { virtualmachineId: vm.id });
  await world.reaches('volume', volume.id, 'active');
  t.equal(held(world, volume), 'drawings', 'it had it before a server got it');
});
