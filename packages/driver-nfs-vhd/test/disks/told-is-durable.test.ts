import {
  asExternalId,
  type Driver,
  type ObjectKey,
  type Observation,
  type StorageShare,
} from '@gdcloud/core';
import { createNfsVhdDriver, type FileSystem, type OpenRemote } from '@gdcloud/driver-nfs-vhd';
import t, { test } from 'tap';
import { diskBytes, fromUrl } from '../support/contents.js';
import { converge, dissolve, fenced } from '../support/converge.js';
import { keyOf, MIB, uuid } from '../support/fixtures.js';
import { manualRandom } from '../support/manual-random.js';
import { COPIED, FREE, VolumeWorld } from '../support/volume-world.js';
import { pausingAt, stoppingAfter, wrappedFileSystem } from '../support/wrapped-file-system.js';

// A busy machine takes its time.
t.setTimeout(300_000);

const SIZE = 4 * MIB;
const IMAGE = {
  name: 'i',
  sizeBytes: SIZE,
  source: { kind: 'generated', osType: 'linux' },
} as const;
const ENDS = ['all that was not synced', 'some of what was not synced'] as const;

const CONTENT = diskBytes(MIB);

const openRemote: OpenRemote = ({ from }) =>
  Promise.resolve({
    from,
    totalBytes: CONTENT.byteLength,
    validator: '"one"',
    chunks: (async function* () {
      yield await Promise.resolve(CONTENT.subarray(from));
    })(),
  });

/** The share of {@link VolumeWorld}, and another one to copy to. */
interface Shares {
  readonly one: StorageShare;
  readonly two: StorageShare;
}

/** One object as it is to be, or its absence; whoever looks after it is told how far that is. */
interface Wish {
  readonly is: 'wanted' | 'unwanted';
  observe(shares: Shares): Promise<Observation<unknown>>;
  fulfil(shares: Shares): Promise<unknown>;
}

function wish<Desired>(
  driverOf: (shares: Shares) => Driver<Desired, unknown> | undefined,
  key: ObjectKey,
  desired: Desired | undefined,
): Wish {
  const demanded = (shares: Shares): Driver<Desired, unknown> => {
    const driver = driverOf(shares);
    if (driver === undefined) throw new Error('the share has no such driver');
    return driver;
  };
  return {
    is: desired === undefined ? 'unwanted' : 'wanted',
    observe: (shares) => demanded(shares).observe(key, desired, fenced('6')),
    fulfil: (shares) =>
      desired === undefined
        ? dissolve(demanded(shares), key, fenced('5'))
        : converge(demanded(shares), key, desired, fenced('5')),
  };
}

const LEAVING = wish(({ one }) => one.volumes, keyOf(1), { ...FREE, use: 'attached', leaving: 1 });
const ARRIVAL = wish(({ two }) => two.arrivals, keyOf(1), {
  name: 'v',
  volume: uuid(1),
  share: asExternalId('/srv/share'),
  move: 1,
});
const SNAPSHOT = wish(({ one }) => one.snapshots, keyOf(12), { name: 's', volume: uuid(1) });

interface Deed {
  readonly wanted: Wish;
  readonly before?: readonly Wish[];
  readonly also?: Wish;
}

/** What is done, after what, and what else is told of. */
const DEEDS: Readonly<Record<string, Deed>> = {
  'an image': { wanted: wish(({ one }) => one.images, keyOf(20), IMAGE) },
  'a copy of an image': {
    wanted: wish(({ two }) => two.images, keyOf(21), {
      ...IMAGE,
      source: { kind: 'copy', image: uuid(2), share: asExternalId('/srv/share') },
    }),
  },
  'an imported image': {
    wanted: wish(
      ({ one }) => one.images,
      keyOf(24),
      fromUrl('http://example.com/disk', { format: 'raw' }),
    ),
  },
  'a config drive': {
    wanted: wish(({ one }) => one.configDrives, keyOf(22), {
      name: 'web1',
      label: 'cidata',
      files: [{ name: 'meta-data', text: '{}' }],
    }),
  },
  'an empty volume': { wanted: wish(({ one }) => one.volumes, keyOf(5), FREE) },
  'a volume from a snapshot': {
    wanted: wish(({ one }) => one.volumes, keyOf(5), { ...FREE, origin: { snapshot: uuid(11) } }),
  },
  'a snapshot': {
    wanted: wish(({ one }) => one.volumes, keyOf(1), { ...FREE, snapshots: [uuid(12)] }),
    also: SNAPSHOT,
  },
  'a snapshot of what the hypervisor has copied': {
    wanted: wish(({ one }) => one.snapshots, keyOf(17), {
      name: 's',
      volume: uuid(7),
      copy: { disk: COPIED.disk, takenAt: 1_700_000_000_000 },
    }),
    also: wish(({ one }) => one.volumes, keyOf(7), { ...FREE, snapshots: [uuid(17)] }),
  },
  'going back': {
    wanted: wish(({ one }) => one.volumes, keyOf(1), {
      ...FREE,
      restore: { snapshot: uuid(11), count: 1 },
    }),
  },
  'the growth of a volume': {
    wanted: wish(({ one }) => one.volumes, keyOf(1), { ...FREE, sizeBytes: 2 * SIZE }),
  },
  'the growth of an empty volume': {
    wanted: wish(({ one }) => one.volumes, keyOf(4), { ...FREE, sizeBytes: 2 * SIZE }),
  },
  'handing a volume over': {
    wanted: wish(({ one }) => one.volumes, keyOf(1), { ...FREE, use: 'attached' }),
  },
  'the leaving of a volume': { wanted: LEAVING },
  'the arrival of a volume': { before: [LEAVING], wanted: ARRIVAL },
  'the taking of what has arrived': {
    before: [LEAVING, ARRIVAL],
    wanted: wish(({ two }) => two.volumes, keyOf(1), {
      ...FREE,
      origin: { volume: uuid(1), move: 1 },
    }),
  },
  'the removal of a volume': { wanted: wish(({ one }) => one.volumes, keyOf(1), undefined) },
  'the removal of a snapshot that others read from': {
    wanted: wish(({ one }) => one.snapshots, keyOf(11), undefined),
  },
  'the removal of a snapshot': { wanted: wish(({ one }) => one.snapshots, keyOf(16), undefined) },
  'the removal of an image': {
    before: [wish(({ one }) => one.images, keyOf(20), IMAGE)],
    wanted: wish(({ one }) => one.images, keyOf(20), undefined),
  },
};

function sharesOf(files: FileSystem): Shares {
  const shares = [
    { folder: '/srv/share', name: 'one' },
    { folder: '/srv/two', name: 'two' },
  ];
  const [one, two] = createNfsVhdDriver({ shares }, { files, openRemote }).shares ?? [];
  if (one === undefined || two === undefined) throw new Error('there are no two shares');
  return { one, two };
}

const beginning = VolumeWorld.make().then(async (world) => {
  const { two } = sharesOf(world.files);
  // Brings it into use.
  await converge(two.volumes, keyOf(9), FREE);
  return world;
});

for (const [what, { wanted, before = [], also }] of Object.entries(DEEDS)) {
  test(`what is told of ${what}, after a death at every call, stays so without power`, async (t) => {
    const began = (await beginning).copy();
    for (const one of before) await one.fulfil(sharesOf(began.files));
    const looked = also === undefined ? [wanted] : [wanted, also];
    let points = 0;
    for (const end of ENDS) {
      for (let calls = 0; ; calls += 1) {
        const { files } = began.copy();
        const stopped = stoppingAfter(files, calls);
        await wanted.fulfil(sharesOf(stopped.files)).catch(() => undefined);
        const told = await Promise.all(looked.map((one) => one.observe(sharesOf(files))));
        files.disk.powerLoss(
          end === 'some of what was not synced' ? manualRandom(calls) : undefined,
        );
        for (const [nth, one] of looked.entries()) {
          const broken = brokenWord(one.is, told[nth], await one.observe(sharesOf(files)));
          if (broken === undefined) continue;
          t.fail(`after ${calls} calls and the loss of ${end}: ${broken}`);
          return;
        }
        points += 1;
        if (!stopped.stopped()) break;
      }
    }
    t.ok(points > 10 * ENDS.length, `${points} points`);
  });
}

test('what is told after a death stays so, also where another has looked before and goes on then', async (t) => {
  const handedOver = wish(({ one }) => one.volumes, keyOf(1), { ...FREE, use: 'attached' });
  const snapshot = wish(({ one }) => one.volumes, keyOf(1), { ...FREE, snapshots: [uuid(12)] });
  const began = (await beginning).copy();
  let told = 0;
  for (let calls = 0; ; calls += 1) {
    const world = began.copy();
    const paused = pausingAt(world.files, calls);
    const going = snapshot.fulfil(sharesOf(paused.files)).then(
      () => 'done',
      () => 'refused',
    );
    await Promise.race([paused.reached, going]);
    if (!paused.wasReached()) break;
    await handedOver.fulfil(sharesOf(dyingOnceDecided(world.files))).catch(() => undefined);
    paused.goOn();
    if ((await going) === 'done') continue;
    const seen = await handedOver.observe(sharesOf(world.files));
    world.files.disk.powerLoss();
    const broken = brokenWord('wanted', seen, await handedOver.observe(sharesOf(world.files)));
    told += 1;
    if (broken === undefined) continue;
    t.fail(`paused after ${calls} calls: ${broken}`);
    return;
  }
  t.ok(told > 10, `${told} points`);
});

/** A process that dies right after a decision of volume 1, before that is durable. */
function dyingOnceDecided(files: FileSystem): FileSystem {
  let isDead = false;
  return wrappedFileSystem(files, async (call, path, work) => {
    if (isDead) throw new Error('the process has stopped');
    const result = await work();
    isDead = call === 'link' && path.startsWith(`/srv/share/.gdcloud/volume/${uuid(1)}/`);
    return result;
  });
}

/** What was told and is no longer so. */
function brokenWord(
  is: Wish['is'],
  told: Observation<unknown> | undefined,
  now: Observation<unknown>,
): string | undefined {
  if (told === undefined || told.presence === 'unknown' || now.presence === 'unknown')
    return `${told?.presence} has become ${now.presence}`;
  if (told.presence === 'absent')
    return is === 'unwanted' && now.presence === 'present'
      ? 'absent has become present'
      : undefined;
  if (is === 'unwanted') return undefined;
  if (now.presence === 'absent') return 'present has become absent';
  const open = told.changes.map(({ field }) => field);
  // What is not finished may turn out to be done or not; and what was finished may have to be tidied up again.
  if (open.includes('published')) return undefined;
  const undone = now.changes.find(({ field }) => field !== 'published' && !open.includes(field));
  return undone && `${undone.field} was done, and is no longer`;
}
