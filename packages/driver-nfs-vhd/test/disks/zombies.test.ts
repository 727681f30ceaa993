import { isDeepStrictEqual } from 'node:util';
import type { FileSystem } from '@gdcloud/driver-nfs-vhd';
import t, { test } from 'tap';
import { uuid } from '../support/fixtures.js';
import {
  COPIED,
  DEEDS,
  FREE,
  type Holder,
  removeSnapshot,
  VolumeWorld,
  want,
} from '../support/volume-world.js';
import { type Around, wrappedFileSystem } from '../support/wrapped-file-system.js';

// A busy machine takes its time.
t.setTimeout(600_000);

let points = 0;
const beginning = VolumeWorld.make();

/** One of each kind: it takes long. */
const WITH_MORE: readonly string[] = [
  'a clone of an image',
  'a volume from a snapshot',
  'a snapshot',
  'a snapshot of what the hypervisor has copied',
  'going back',
  'giving a volume what was brought',
  'the growth of a volume',
  'the removal of a volume with history',
  'the removal of a snapshot that nothing reads from',
];

/** What the successor does once it has finished the deed itself. */
const MORE: Readonly<Record<string, (holder: Holder, world: VolumeWorld) => Promise<void>>> = {
  'hands the volumes over': async () => undefined,
  // Names and generations are used again, and what the zombie had prepared or seen is gone.
  'does much more': async (holder, { files }) => {
    for (const n of [1, 3, 4, 5]) {
      if ((await files.status(`/srv/share/${uuid(n)}.vhd`)) === undefined) continue;
      await want(holder, n, { ...FREE, sizeBytes: 4 * FREE.sizeBytes, snapshots: [uuid(20 + n)] });
      const restore = { snapshot: uuid(20 + n), count: 5 };
      await want(holder, n, { ...FREE, sizeBytes: 4 * FREE.sizeBytes, restore });
    }
    // The hypervisor's copy goes once the snapshot is there, and before it is removed.
    if ((await files.status(`/srv/share/${COPIED.disk}.vhd`)) !== undefined)
      await files.unlink(`/srv/share/${COPIED.disk}.vhd`);
    for (const n of [12, 13, 11, 17]) await removeSnapshot(holder, n);
  },
};

for (const [what, deed] of Object.entries(DEEDS)) {
  for (const [then, more] of Object.entries(MORE)) {
    if (then === 'does much more' && !WITH_MORE.includes(what)) continue;
    test(`a process pauses in ${what}, at every call; its successor finishes it, ${then}, and it wakes up`, async (t) => {
      let struck = 0;
      for (let calls = 0; ; calls += 1) {
        const world = (await beginning).copy();
        const paused = pausingAfter(world.files, calls);
        const zombie = deed(world.holder(paused.files, '5')).then(
          () => 'done' as const,
          () => 'failed' as const,
        );
        if ((await Promise.race([paused.reached, zombie])) !== 'paused') break;
        struck += 1;
        const successor = world.holder(world.files, '6');
        await deed(successor);
        await more(successor, world);
        await handOver(successor, world);
        const before = await published(world);

        paused.resume();
        await zombie;
        const after = await published(world);
        world.files.disk.powerLoss();
        const later = await published(world);
        if (!isDeepStrictEqual([after, later], [before, before])) {
          t.same(after, before, `after ${calls} calls`);
          t.same(later, before, `after ${calls} calls, and a loss of power`);
          return;
        }
      }
      points += struck;
      t.ok(struck > 20, `${struck} points`);
    });
  }
}

/** What a user can take back before it is done. */
const DROPPED: readonly string[] = [
  'a snapshot',
  'the first snapshot of a volume',
  'going back',
  'giving a volume what was brought',
  'the growth of a volume',
  'the growth of an empty volume',
];

for (const what of DROPPED) {
  test(`a process pauses in ${what}, at every call; the wish is dropped, servers get the volumes, and it wakes up`, async (t) => {
    let struck = 0;
    for (let calls = 0; ; calls += 1) {
      const world = (await beginning).copy();
      const paused = pausingAfter(world.files, calls);
      // The kernel lets a process that was replaced finish the call it is in, and then refuses what it records.
      const { volumes, ...others } = world.holder(paused.files, '5').driver;
      const once: typeof volumes = {
        ...volumes,
        observe: (...asked) => (paused.isOver() ? replaced() : volumes.observe(...asked)),
      };
      const holder = { driver: { ...others, volumes: once }, fence: '5' };
      const zombie = (DEEDS[what] ?? replaced)(holder).then(
        () => 'done' as const,
        () => 'failed' as const,
      );
      if ((await Promise.race([paused.reached, zombie])) !== 'paused') break;
      struck += 1;
      await handOver(world.holder(world.files, '6'), world);
      const before = await disksOf(world);
      paused.resume();
      await zombie;
      const after = await disksOf(world);
      if (!isDeepStrictEqual(after, before)) {
        t.same(after, before, `after ${calls} calls`);
        return;
      }
    }
    points += struck;
    t.ok(struck > 20, `${struck} points`);
  });
}

function replaced(): Promise<never> {
  return Promise.reject(new Error('another process has taken over'));
}

async function disksOf(world: VolumeWorld): Promise<readonly string[]> {
  return (await published(world)).filter((line) => line.includes('.vhd '));
}

test('all points were struck', (t) => {
  t.comment(`${points} points`);
  t.end();
});

/** Servers get the volumes there are, and write: where there was something, and where there was nothing. */
async function handOver(holder: Holder, world: VolumeWorld): Promise<void> {
  for (const n of [1, 3, 4, 5]) {
    if ((await world.files.status(`/srv/share/${uuid(n)}.vhd`)) === undefined) continue;
    await want(holder, n, { ...FREE, use: 'attached' });
    for (const block of [0, 1]) await world.write(n, `server of ${n}`, block);
  }
}

/** Everything but what is prepared and never decided: that goes with the next decision. */
async function published(world: VolumeWorld): Promise<readonly string[]> {
  const found = Object.entries(await world.contents());
  const lasting = found.filter(([path]) => !path.startsWith('/srv/share/.gdcloud/tmp/'));
  const lines = lasting.map(async ([path, content]) => {
    const identity = content === '' ? '' : (await world.files.status(path))?.identity;
    return `${path} ${identity} ${content}`;
  });
  return (await Promise.all(lines)).toSorted();
}

/** A process that stops before its call number `calls` + 1, until it is told to go on. */
function pausingAfter(
  files: FileSystem,
  calls: number,
): {
  readonly files: FileSystem;
  readonly reached: Promise<'paused'>;
  readonly resume: () => void;
  readonly isOver: () => boolean;
} {
  let isOver = false;
  let made = 0;
  let reach: (word: 'paused') => void = () => {};
  let resume: () => void = () => {};
  const reached = new Promise<'paused'>((resolve) => {
    reach = resolve;
  });
  const resumed = new Promise<void>((resolve) => {
    resume = resolve;
  });
  const around: Around = async (_call, _path, work) => {
    const nth = made;
    made += 1;
    if (nth === calls) {
      reach('paused');
      await resumed;
    }
    return work();
  };
  return {
    files: wrappedFileSystem(files, around),
    reached,
    resume: () => {
      isOver = true;
      resume();
    },
    isOver: () => isOver,
  };
}
