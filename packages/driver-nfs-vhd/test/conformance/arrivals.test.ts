import {
  type ArrivalDesired,
  asExternalId,
  type DiskFileActual,
  type StorageShare,
} from '@gdcloud/core';
import { conform, MemoryDisk, type Subject } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem, type NfsVhdPorts } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import t, { test } from 'tap';
import { converge, dissolve } from '../support/converge.js';
import { keyOf, MIB, uuid } from '../support/fixtures.js';
import { filesOf, type Line, systemError } from './served-files.js';

// A busy machine takes its time.
t.setTimeout(600_000);

const SIZE = 2 * MIB;
const [FROM, TO] = ['/srv/one', '/srv/two'];
const ARRIVED = `${TO}/.gdcloud/arrived`;
const ARRIVAL: ArrivalDesired = {
  name: 'data',
  volume: uuid(1),
  share: asExternalId(FROM),
  move: 1,
};

function sharesOf(ports: Pick<NfsVhdPorts, 'files'> & Partial<NfsVhdPorts>): {
  readonly one: StorageShare;
  readonly two: StorageShare;
} {
  const shares = [
    { folder: FROM, name: 'one' },
    { folder: TO, name: 'two' },
  ];
  const [one, two] = createNfsVhdDriver({ shares }, ports).shares ?? [];
  if (one === undefined || two === undefined) throw new Error('there are no two shares');
  return { one, two };
}

/** Two shares, on the first of which a volume leaves. */
async function prepare(files: FileSystem): Promise<void> {
  const { one, two } = sharesOf({ files });
  const volume = { name: 'v', sizeBytes: SIZE };
  await converge(one.volumes, keyOf(1), { ...volume, use: 'attached', leaving: 1 });
  await converge(two.volumes, keyOf(2), volume);
  await dissolve(two.volumes, keyOf(2));
  // Brings the place of arrivals into use.
  if (two.arrivals === undefined) throw new Error('nothing arrives there');
  await converge(two.arrivals, keyOf(3), ARRIVAL);
  await dissolve(two.arrivals, keyOf(3));
}

const subject: Subject<ArrivalDesired, DiskFileActual> = {
  name: 'arrivals',
  specs: {
    valid: [ARRIVAL],
    changes: [],
    invalid: [],
    unforeseen: ['virtualBytes', 'physicalBytes'],
    named: (name) => ({ ...ARRIVAL, name }),
  },
  backend: async (env) => {
    const disk = new MemoryDisk(env);
    await prepare(new MemoryFileSystem(disk));
    const line: Line = { state: 'up' };
    const names = (): readonly string[] =>
      disk.status(ARRIVED) === undefined ? [] : disk.names(ARRIVED);
    return {
      effects: 'virtual',
      // As long as files of the system wait for an answer: work that is longer than a call goes on in the next.
      patienceMs: 30_000,
      open: (process) => {
        process.atEnd(() => disk.powerLoss(env.random));
        const { clock, random } = process;
        const { arrivals } = sharesOf({ files: filesOf(process, disk, line), clock, random }).two;
        if (arrivals === undefined) throw new Error('nothing arrives there');
        return arrivals;
      },
      objects: names,
      down: () => {
        line.state = 'cut';
      },
      up: () => {
        line.state = 'up';
      },
      destroy: (external) => disk.unlink(`${ARRIVED}/${external}`),
      makeForeign: (name) => {
        disk.make(`${ARRIVED}/${name}`, 0o600).close();
        return name;
      },
      lostReply: () => systemError('ETIMEDOUT', -110, 'the server does not answer'),
      refusal: () => systemError('EIO', -5, 'i/o error'),
    };
  },
};

test('the driver of arrivals keeps the contract', async (t) => {
  const report = await conform(subject, { levels: [1] });
  t.comment(report.text);
  report.assert();
});
