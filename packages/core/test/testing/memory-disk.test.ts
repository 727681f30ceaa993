import { ManualClock, MemoryDisk, type MemoryFile } from '@gdcloud/core/testing';
import t from 'tap';
import { fixedRandom } from '../support/fixed-random.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

function newDisk(capacityBytes?: number): MemoryDisk {
  const disk = new MemoryDisk({ clock: new ManualClock(1_000), capacityBytes });
  disk.makeFolder('/f');
  disk.syncFolder('/');
  return disk;
}

function write(disk: MemoryDisk, path: string, text: string): MemoryFile {
  const file = disk.make(path, 0o600);
  file.writeAt(bytes(text), 0);
  return file;
}

function read(disk: MemoryDisk, path: string): string {
  const file = disk.open(path);
  const target = Buffer.alloc(file.status().sizeBytes);
  file.readAt(target, 0);
  file.close();
  return target.toString();
}

t.test('a power loss takes names whose folder was not synced', async (t) => {
  const disk = newDisk();
  write(disk, '/f/a', 'text').sync();
  disk.powerLoss();
  t.same(disk.names('/f'), [], 'syncing the file did not make its name durable');
  disk.makeFolder('/f/sub');
  write(disk, '/f/sub/a', 'text').sync();
  disk.syncFolder('/f/sub');
  disk.powerLoss();
  t.equal(disk.status('/f/sub/a'), undefined, 'nor does a folder that is not there itself');
});

t.test('a power loss takes contents that were not synced, and leaves their name', async (t) => {
  const disk = newDisk();
  const file = write(disk, '/f/a', 'one');
  disk.syncFolder('/f');
  disk.powerLoss();
  t.equal(read(disk, '/f/a'), '');
  t.throws(
    () => file.writeAt(bytes('late'), 0),
    { code: 'Unknown system error -116' },
    'handles from before are stale',
  );
  t.throws(() => file.sync(), { code: 'Unknown system error -116' });
  file.close();

  const second = write(disk, '/f/b', 'one');
  second.sync();
  second.writeAt(bytes('two'), 0);
  disk.syncFolder('/f');
  disk.powerLoss();
  t.equal(read(disk, '/f/b'), 'one');
});

t.test('a power loss brings back names whose removal was not synced', async (t) => {
  const disk = newDisk();
  for (const name of ['kept', 'removed', 'renamed', 'replaced']) {
    write(disk, `/f/${name}`, name).sync();
  }
  disk.syncFolder('/f');
  disk.unlink('/f/removed');
  disk.rename('/f/renamed', '/f/replaced');
  t.equal(read(disk, '/f/replaced'), 'renamed');
  disk.powerLoss();
  t.same(disk.names('/f').toSorted(), ['kept', 'removed', 'renamed', 'replaced']);
  t.equal(read(disk, '/f/replaced'), 'replaced');
  disk.unlink('/f/removed');
  disk.syncFolder('/f');
  disk.powerLoss();
  t.equal(disk.status('/f/removed'), undefined);
});

t.test('with chance, what was not synced may be there all the same', async (t) => {
  const outcomes: string[] = [];
  for (const fraction of [0, 0.6, 0.99]) {
    const disk = newDisk();
    const file = disk.make('/f/a', 0o600);
    file.writeAt(bytes('one'), 0);
    file.writeAt(bytes('two'), 3);
    disk.powerLoss(fixedRandom(fraction));
    outcomes.push(disk.status('/f/a') === undefined ? 'nothing' : read(disk, '/f/a'));
  }
  t.same(outcomes, ['nothing', 'one', 'onetwo']);
});

t.test('a process that dies loses nothing', async (t) => {
  const disk = newDisk();
  write(disk, '/f/a', 'not synced');
  t.equal(read(disk, '/f/a'), 'not synced');
});

t.test(
  'room is counted once for each file and free when its last name and handle go',
  async (t) => {
    const disk = newDisk(3 * 4096);
    const file = write(disk, '/f/a', 'text');
    disk.link('/f/a', '/f/b');
    t.equal(disk.usedBytes, 4096);
    disk.unlink('/f/a');
    disk.unlink('/f/b');
    t.equal(disk.usedBytes, 4096, 'while it is open');
    file.close();
    t.equal(disk.usedBytes, 0);

    const sparse = disk.make('/f/sparse', 0o600);
    sparse.writeAt(bytes('x'), 0);
    sparse.writeAt(bytes('x'), 2 ** 40);
    t.equal(disk.usedBytes, 2 * 4096);
    t.throws(() => sparse.writeAt(new Uint8Array(8192), 8192), { code: 'ENOSPC' });
    t.equal(disk.usedBytes, 2 * 4096);
    disk.powerLoss();
    t.equal(disk.usedBytes, 0);
    sparse.close();
    t.equal(disk.usedBytes, 0);
  },
);

t.test('what is written has the time of the clock', async (t) => {
  const clock = new ManualClock(1_000);
  const disk = new MemoryDisk({ clock });
  const file = disk.make('/a', 0o640);
  clock.jump(2_000);
  file.writeAt(bytes('x'), 0);
  t.match(disk.status('/a'), { modifiedMs: 2_000, mode: 0o640 });
});

t.test('a copy is as the disk is, and goes its own way', async (t) => {
  const disk = newDisk();
  const file = write(disk, '/f/a', 'text');
  file.sync();
  disk.syncFolder('/f');
  disk.link('/f/a', '/f/b');
  file.writeAt(bytes('TEXT'), 0);
  disk.unlink('/f/a');
  const copy = disk.copy();
  t.equal(read(copy, '/f/b'), 'TEXT');
  t.equal(copy.usedBytes, disk.usedBytes);
  const other = copy.open('/f/b', 'write');
  other.writeAt(bytes('both'), 0);
  t.equal(read(disk, '/f/b'), 'TEXT');
  copy.powerLoss();
  t.same(copy.names('/f'), ['a']);
  t.equal(read(copy, '/f/a'), 'text', 'it knows what was synced');
  t.same(disk.names('/f'), ['b']);
});
