import type { StorageShare } from '@gdcloud/core';
import { type Accepted, asExternalId, type ImageDesired, systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem, type NfsVhdPorts } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { newDynamicVhdWithBlocks, openChain, type VhdChain } from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { type Around, stoppingAfter, wrappedFileSystem } from '../support/wrapped-file-system.js';

const SIZE = 8 * MIB;
const BLOCK = 2 * MIB;
const IMAGE = uuid(1);
const IMAGE_PATH = `/srv/one/${IMAGE}.vhd`;
const COPY_PATH = `/srv/two/${uuid(2)}.vhd`;
const COPY: ImageDesired = {
  name: 'copy',
  sizeBytes: SIZE,
  source: { kind: 'copy', image: IMAGE, share: asExternalId('/srv/one') },
};
const BLOCKS = new Map(
  [0, 3].map((block) => [block, Buffer.alloc(BLOCK, `block ${block} `)] as const),
);

/** The second of two shares, on the first of which an image is. */
function second(files: FileSystem, ports: Partial<NfsVhdPorts> = {}): StorageShare {
  const shares = [
    { folder: '/srv/one', name: 'one' },
    { folder: '/srv/two', name: 'two' },
  ];
  const share = createNfsVhdDriver({ shares }, { files, ...ports }).shares?.[1];
  if (share === undefined) throw new Error('there is no second share');
  return share;
}

async function newFiles(): Promise<MemoryFileSystem> {
  const files = new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
  const shares = [{ folder: '/srv/one', name: 'one' }];
  const { shares: drivers } = createNfsVhdDriver({ shares }, { files });
  // Brings the share into use, as the first disk on it does.
  await drivers?.[0]?.volumes.create(keyOf(9), { name: 'v', sizeBytes: SIZE }, call());
  await drivers?.[0]?.volumes.delete(keyOf(9), call());
  const image = await files.make(IMAGE_PATH, 0o444);
  const description = {
    uuid: IMAGE,
    virtualBytes: SIZE,
    createdMs: 0,
    visibility: 'hidden',
  } as const;
  for (const { bytes, position } of newDynamicVhdWithBlocks(description, BLOCKS).pieces)
    await image.writeAt(bytes, position);
  await image.sync();
  await image.close();
  await files.syncFolder('/srv/one');
  return files;
}

async function create(share: StorageShare, signal?: AbortSignal): Promise<Accepted> {
  return share.images.create(keyOf(2), COPY, call('copy', signal));
}

async function opened(files: FileSystem, path: string): Promise<VhdChain> {
  const file = await files.open(path);
  const { sizeBytes } = await file.status();
  return openChain({ sizeBytes, readAt: (target, position) => file.readAt(target, position) });
}

async function content(files: FileSystem, path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(SIZE);
  await (await opened(files, path)).read(bytes, 0);
  return bytes;
}

function temporaries(files: MemoryFileSystem): readonly string[] {
  const folder = '/srv/two/.gdcloud/tmp';
  return files.disk.status(folder) === undefined ? [] : files.disk.names(folder);
}

test('an image is copied from one share to another, whole and under a name of its own', async (t) => {
  const files = await newFiles();
  const share = second(files);
  t.same(await create(share), { external: uuid(2), settled: true });
  t.match(await share.images.observe(keyOf(2), COPY, call()), { presence: 'present', changes: [] });
  t.ok((await content(files, COPY_PATH)).equals(await content(files, IMAGE_PATH)));
  const { leaf } = await opened(files, COPY_PATH);
  t.match(leaf.footer, { uuid: uuid(2), visibility: 'hidden', type: 'dynamic' });
  t.same(temporaries(files), []);
  const volume = { name: 'v', sizeBytes: SIZE, origin: { image: uuid(2) } };
  await share.volumes.create(keyOf(3), volume, call());
  t.match(await share.volumes.observe(keyOf(3), volume, call()), { actual: { parent: uuid(2) } });
});

for (const end of ['the process dies', 'the power goes'] as const) {
  test(`${end} in a copy: nothing half is ever there, and the next process makes it`, async (t) => {
    let places = 0;
    for (; ; places += 1) {
      const files = await newFiles();
      const stopped = stoppingAfter(files, places);
      await create(second(stopped.files)).catch(() => undefined);
      if (end === 'the power goes') files.disk.powerLoss();
      const where = `after ${places}`;
      if (files.disk.status(COPY_PATH) !== undefined)
        t.ok((await content(files, COPY_PATH)).equals(await content(files, IMAGE_PATH)), where);
      const share = second(files);
      await create(share);
      const seen = await share.images.observe(keyOf(2), COPY, call());
      t.match(seen, { presence: 'present', changes: [] }, where);
      files.disk.powerLoss();
      t.ok((await content(files, COPY_PATH)).equals(await content(files, IMAGE_PATH)), where);
      t.same(temporaries(files), [], where);
      if (!stopped.stopped()) break;
    }
    t.ok(places > 60, `${places} places`);
  });
}

test('a long copy goes on from call to call, and only in calls', async (t) => {
  const plain = await newFiles();
  let inCall = false;
  let between = 0;
  let working = 0;
  const around: Around = async (_call, _path, work) => {
    if (!inCall) between += 1;
    working += 1;
    try {
      await new Promise(setImmediate);
      return await work();
    } finally {
      working -= 1;
    }
  };
  // Each call's time is over after a few turns.
  const clock = {
    ...systemClock,
    schedule: (_ms: number, fn: () => void) => {
      let turns = 8;
      let cancelled = false;
      const turn = (): void => {
        turns -= 1;
        if (cancelled) return;
        if (turns === 0) fn();
        else setImmediate(turn);
      };
      setImmediate(turn);
      return () => {
        cancelled = true;
      };
    },
  };
  const share = second(wrappedFileSystem(plain, around), { clock });
  let calls = 0;
  for (let settled = false; !settled; calls += 1) {
    inCall = true;
    settled = (await create(share)).settled;
    while (working > 0) await new Promise(setImmediate);
    inCall = false;
    await new Promise(setImmediate);
  }
  t.ok(calls > 3, `${calls} calls`);
  t.equal(between, 0);
  t.ok((await content(plain, COPY_PATH)).equals(await content(plain, IMAGE_PATH)));
});

test('a copy that another process has begun anew is given up', async (t) => {
  const files = await newFiles();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const around: Around = async (what, path, work) => {
    if (what === 'link' && path === COPY_PATH) await held;
    return work();
  };
  const slow = create(second(wrappedFileSystem(files, around)));
  while (temporaries(files).length === 0) await new Promise(setImmediate);
  await create(second(files));
  release();
  await t.rejects(slow, { outcome: 'ambiguous', code: 'Overtaken' });
  t.ok((await content(files, COPY_PATH)).equals(await content(files, IMAGE_PATH)));
});

test('a copy that differs from its image is not published', async (t) => {
  const files = await newFiles();
  const around: Around = (_call, _path, work) => work();
  const honest = wrappedFileSystem(files, around);
  const lying: FileSystem = {
    ...honest,
    make: async (path, mode) => {
      const file = await honest.make(path, mode);
      return {
        ...file,
        writeAt: (bytes, position) => {
          const wrong = Buffer.from(bytes);
          const last = bytes.byteLength - 1;
          if (last > 64 * 1024) wrong[last] = (wrong[last] ?? 0) ^ 1;
          return file.writeAt(wrong, position);
        },
      };
    },
  };
  await t.rejects(create(second(lying)), { outcome: 'rejected', code: 'CopyDiffers' });
  t.equal(files.disk.status(COPY_PATH), undefined);
  t.same(temporaries(files), []);
  t.same(await create(second(files)), { external: uuid(2), settled: true });
});

test('a share that can not be read from is not the fault of the one that is written to', async (t) => {
  const files = await newFiles();
  const share = second(files);
  files.disk.rename('/srv/one', '/srv/gone');
  await t.rejects(create(share), { outcome: 'rejected', code: 'SourceAway' });
  t.same(await share.images.observe(keyOf(2), COPY, call()), { presence: 'absent' });
  files.disk.rename('/srv/gone', '/srv/one');
  t.match(await create(share), { settled: true });
});

test('the image goes away in the middle of a copy, and comes back', async (t) => {
  const files = await newFiles();
  let reads = 0;
  const around: Around = (what, path, work) => {
    const ofImage = what === 'readAt' && path === IMAGE_PATH;
    if (ofImage) reads += 1;
    return ofImage && reads === 4
      ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO', errno: -5 }))
      : work();
  };
  const share = second(wrappedFileSystem(files, around));
  await t.rejects(create(share), { outcome: 'rejected', code: 'SourceAway' });
  t.same(temporaries(files), []);
  t.match(await create(share), { settled: true });
});

test('only images are copied, and of their own size', async (t) => {
  const files = await newFiles();
  const share = second(files);
  const small = { ...COPY, sizeBytes: SIZE / 2 };
  await t.rejects(share.images.create(keyOf(2), small, call()), {
    outcome: 'invalid',
    code: 'SizeDiffers',
  });
  const { volumes } = createNfsVhdDriver({ folder: '/srv/one' }, { files });
  await volumes.create(keyOf(4), { name: 'v', sizeBytes: SIZE }, call());
  const written = { ...COPY, source: { ...COPY.source, image: uuid(4) } } as ImageDesired;
  await t.rejects(share.images.create(keyOf(2), written, call()), {
    outcome: 'rejected',
    code: 'OriginNotAnImage',
  });
  const nowhere = { ...COPY, source: { ...COPY.source, share: '/srv/three' } } as ImageDesired;
  await t.rejects(share.images.create(keyOf(2), nowhere, call()), {
    outcome: 'rejected',
    code: 'SourceAway',
  });
});

test('a copy that is not wanted any more goes, also in the middle', async (t) => {
  const files = await newFiles();
  const aborting = new AbortController();
  const around: Around = (what, path, work) => {
    if (what === 'writeAt' && path.includes('.image.')) aborting.abort(new Error('enough'));
    return work();
  };
  const share = second(wrappedFileSystem(files, around));
  await t.rejects(create(share, aborting.signal), { code: 'Aborted' });
  t.not(temporaries(files).length, 0);
  t.match(await share.images.observe(keyOf(2), undefined, call()), { presence: 'present' });
  await share.images.delete(keyOf(2), call());
  t.same(temporaries(files), []);
  t.same(await share.images.observe(keyOf(2), undefined, call()), { presence: 'absent' });
});
