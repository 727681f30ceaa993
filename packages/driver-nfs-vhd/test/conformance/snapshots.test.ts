import {
  asUuid,
  type Driver,
  type ObjectKey,
  type StorageDriver,
  type VolumeSnapshotActual,
  type VolumeSnapshotDesired,
} from '@gdcloud/core';
import { conform, type Subject } from '@gdcloud/core/testing';
import t, { test } from 'tap';
import { converge, dissolve } from '../support/converge.js';
import { MIB, uuid } from '../support/fixtures.js';
import { filesOf, systemError } from './served-files.js';
import { ShareWorld } from './share-world.js';

// A busy machine takes its time.
t.setTimeout(600_000);

const SNAPSHOT: VolumeSnapshotDesired = { name: 'before the upgrade', volume: uuid(1) };
const SIZE = 2 * MIB;
const HELPER = 'f0000000';

const subject: Subject<VolumeSnapshotDesired, VolumeSnapshotActual> = {
  name: 'snapshots',
  specs: {
    valid: [SNAPSHOT],
    changes: [],
    invalid: [],
    unforeseen: ['physicalBytes', 'takenAt'],
    named: (name) => ({ ...SNAPSHOT, name }),
  },
  backend: async (env) => {
    const world = new ShareWorld(env, 'unreachable');
    await world.prepare('known', 'volume');
    return {
      effects: 'virtual',
      open: (process) => {
        process.atEnd(() => world.losePower());
        return takenByVolumes(world.open(filesOf(process, world.disk, world.line), process));
      },
      objects: () => world.disks().filter((external) => !external.startsWith(HELPER)),
      down: () => world.down(),
      up: () => world.up(),
      destroy: (external) => world.destroy(external),
      makeForeign: (foreign) => world.makeForeign(foreign, 'hidden'),
      lostReply: () => systemError('ETIMEDOUT', -110, 'the server does not answer'),
      refusal: () => systemError('EIO', -5, 'i/o error'),
    };
  },
};

test('the driver of snapshots keeps the contract', async (t) => {
  // More than one page of a list.
  const report = await conform(subject, { levels: [1], manyObjects: 120 });
  t.comment(report.text);
  report.assert();
});

/** Snapshots with the pass that takes them: each of a volume of its own, which is gone again before anybody looks. */
function takenByVolumes({
  volumes,
  snapshots,
}: StorageDriver): Driver<VolumeSnapshotDesired, VolumeSnapshotActual> {
  if (snapshots === undefined) throw new Error('the driver has no snapshots');
  const volumeOf = ({ uuid, epoch }: ObjectKey): ObjectKey => ({
    uuid: asUuid(`${HELPER}${uuid.slice(HELPER.length)}`),
    epoch,
  });
  return {
    ...snapshots,
    foresee: async () => ({
      changes: [],
      actual: { virtualBytes: SIZE, physicalBytes: 0, takenAt: 0 },
    }),
    create: async (key, desired, call) => {
      if ((await snapshots.observe(key, desired, call)).presence !== 'present') {
        const volume = { name: 'v', sizeBytes: SIZE, use: 'free' } as const;
        await converge(volumes, volumeOf(key), { ...volume, snapshots: [key.uuid] }, call);
      }
      await dissolve(volumes, volumeOf(key), call);
      return snapshots.create(key, desired, call);
    },
    delete: async (key, call) => {
      await dissolve(volumes, volumeOf(key), call);
      return snapshots.delete(key, call);
    },
  };
}
