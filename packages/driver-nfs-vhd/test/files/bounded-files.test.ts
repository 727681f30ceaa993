import { ManualClock, MemoryDisk } from '@gdcloud/core/testing';
import type { FileSystem } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { test } from 'tap';
// Not public: what the driver puts around the operating system's file system, here around others.
import { boundedFiles } from '../../dist/files/bounded-files.js';
import { CallLanes } from '../../dist/files/call-lanes.js';
import { wrappedFileSystem } from '../support/wrapped-file-system.js';
import { fileSystemContract } from './file-system-contract.js';

const PATIENCE = 30_000;

/** A share with a file, whose server can be made to hang. */
class HangingShare {
  readonly disk: MemoryDisk;
  readonly files: FileSystem;
  /** Calls that the kernel has, as each keeps a thread. */
  inKernel = 0;
  begun = 0;
  closed = 0;
  #hang: Promise<void> = Promise.resolve();
  #answer = (): void => undefined;

  constructor(clock: ManualClock, processLanes: CallLanes) {
    this.disk = new MemoryDisk({ clock });
    this.disk.makeFolder('/share');
    this.disk.make('/share/a', 0o600).close();
    const slow = wrappedFileSystem(new MemoryFileSystem(this.disk), async (call, _path, work) => {
      this.inKernel += 1;
      this.begun += 1;
      try {
        await this.#hang;
        return await work();
      } finally {
        this.inKernel -= 1;
        if (call === 'close') this.closed += 1;
      }
    });
    const lanes = new CallLanes(2);
    this.files = boundedFiles(slow, { clock, patienceMs: PATIENCE, lanes, processLanes });
  }

  hang(): void {
    this.#hang = new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  answer(): void {
    this.#answer();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

test('a bounded file system keeps the contract', async (t) => {
  fileSystemContract(t, () => {
    const clock = new ManualClock();
    const disk = new MemoryDisk({ clock });
    disk.makeFolder('/some/folder');
    const bounds = {
      clock,
      patienceMs: PATIENCE,
      lanes: new CallLanes(2),
      processLanes: new CallLanes(3),
    };
    return {
      files: boundedFiles(new MemoryFileSystem(disk), bounds),
      folder: '/some/folder',
      makeSymbolicLink: async (target, path) => disk.makeSymbolicLink(target, path),
      makeSpecial: async (kind, path) => disk.makeSpecial(kind, path),
    };
  });
});

test('a share that hangs keeps two threads, however often it is asked, and no other share waits', async (t) => {
  const clock = new ManualClock();
  const processLanes = new CallLanes(3);
  const dead = new HangingShare(clock, processLanes);
  const live = new HangingShare(clock, processLanes);
  dead.hang();
  const endings = Promise.allSettled(
    Array.from({ length: 1_000 }, () => dead.files.status('/share/a')),
  );
  await settled();
  t.equal(dead.inKernel, 2);
  t.match(await live.files.status('/share/a'), { kind: 'file' });

  clock.advance(PATIENCE);
  await settled();
  clock.advance(PATIENCE);
  const all = await endings;
  const states = all.map((ending) =>
    ending.status === 'rejected' ? String(ending.reason.state) : 'answered',
  );
  t.equal(states.filter((state) => state === 'begun').length, 2, 'they may happen yet');
  t.equal(states.filter((state) => state === 'notBegun').length, 998, 'they never happen');
  t.equal(dead.begun, 2);

  dead.answer();
  await settled();
  t.equal(dead.inKernel, 0);
  t.match(await dead.files.status('/share/a'), { kind: 'file' }, 'it works again by itself');
  t.equal(dead.begun, 3, 'what was given up was not made up for');
  t.equal(clock.scheduled, 0);
});

test('two dead shares leave a thread to the process', async (t) => {
  const clock = new ManualClock();
  const processLanes = new CallLanes(3);
  const shares = [1, 2].map(() => new HangingShare(clock, processLanes));
  for (const share of shares) {
    share.hang();
    for (let n = 0; n < 5; n += 1) share.files.status('/share/a').catch(() => undefined);
  }
  await settled();
  t.equal(
    shares.reduce((sum, { inKernel }) => sum + inKernel, 0),
    3,
  );
});

test('a file that is opened too late is closed, and one that can not be closed in time is closed later', async (t) => {
  const clock = new ManualClock();
  const share = new HangingShare(clock, new CallLanes(3));
  const file = await share.files.open('/share/a');
  share.hang();
  const late = share.files.open('/share/a');
  const closing = file.close();
  const write = share.files.make('/share/b', 0o600);
  await settled();
  clock.advance(PATIENCE);
  await t.rejects(late, { name: 'CallHangs', state: 'begun' });
  await t.rejects(closing, { name: 'CallHangs', state: 'begun' });
  await t.rejects(write, { name: 'CallHangs', state: 'notBegun' });
  t.equal(share.closed, 0);
  share.answer();
  await settled();
  t.equal(share.closed, 2);
  t.same(await share.files.names('/share'), ['a'], 'what was not begun never happens');
});
