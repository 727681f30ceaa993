import { setImmediate as turn } from 'node:timers/promises';
import type { DiskFile, DiskFiles } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { call, driverFor, keyOf, startCloud } from '../cloud.js';
import { type Laboratory, openLaboratory } from '../pool-in-process.js';

const GIB = 2 ** 30;
const FIRST = keyOf('0190a000-0000-7000-8000-0000000000f1');
const SECOND = keyOf('0190a000-0000-7000-8000-0000000000f2');
const DESIRED = { name: 'data', sizeBytes: GIB };

/** A share of which a scan, once it has seen all files, ends when it is told to. */
class SlowShare implements DiskFiles {
  readonly files = new Set<string>();
  #seen: () => void = () => undefined;
  #held: Promise<void> | undefined;

  async scan(): Promise<readonly DiskFile[]> {
    const found = [...this.files].map((uuid) => ({
      uuid,
      virtualBytes: GIB,
      physicalBytes: 0,
      hidden: false,
    }));
    const held = this.#held;
    this.#held = undefined;
    this.#seen();
    await held;
    return found;
  }

  remove(uuid: string): Promise<void> {
    this.files.delete(uuid);
    return Promise.resolve();
  }

  /** Holds the next scan back. `seen` resolves when it has seen the files, `end` lets it end. */
  holdBack(): { readonly seen: Promise<void>; readonly end: () => void } {
    let end: () => void = () => undefined;
    this.#held = new Promise((resolve) => (end = resolve));
    const seen = new Promise<void>((resolve) => (this.#seen = resolve));
    return { seen, end: () => end() };
  }
}

/** While the pool looks at the share for the sake of the first disk, the file of the second goes. */
async function scene(): Promise<{
  readonly lab: Laboratory;
  readonly end: () => void;
  readonly over: Promise<unknown>;
}> {
  const files = new SlowShare();
  const lab = openLaboratory({ files });
  for (const { uuid } of [FIRST, SECOND]) files.files.add(uuid);
  const { seen, end } = files.holdBack();
  const over = lab.driver.disks.create(FIRST, DESIRED, lab.call());
  await lab.clock.until(seen);
  await files.remove(SECOND.uuid);
  return { lab, end, over };
}

t.test('what a scan brings back after its file is gone goes as well', async (t) => {
  for (const when of ['before it is asked what runs', 'while its end is waited for'] as const) {
    const { lab, end, over } = await scene();
    const { disks } = lab.driver;
    const looked = disks.observe(SECOND, undefined, lab.call());
    if (when === 'while its end is waited for')
      while (!lab.transcript.some((text) => text.includes('SR.get_record'))) await turn();
    end();
    await lab.clock.until(over);
    // Who is told that it is absent looks no more.
    if ((await lab.clock.until(looked)).presence === 'present') await lab.remove(disks, SECOND);
    const { objects } = await lab.clock.until(disks.list(undefined, lab.call()));
    const left = objects.map(({ uuid }) => uuid);
    t.same(left, [FIRST.uuid], `the scan ends ${when}`);
  }
});

t.test('who only wants to know whether a disk is there does not wait for a scan', async (t) => {
  const { lab, end, over } = await scene();
  const looked = await lab.clock.until(lab.driver.disks.observe(SECOND, DESIRED, lab.call()));
  t.equal(looked.presence, 'absent');
  end();
  await lab.clock.until(over);
});

t.test('what was recorded, and is gone, is not looked for in any scan', async (t) => {
  const { lab, end, over } = await scene();
  const recorded = keyOf(SECOND.uuid, 'OpaqueRef:gone');
  const looked = await lab.clock.until(lab.driver.disks.observe(recorded, undefined, lab.call()));
  t.equal(looked.presence, 'absent');
  end();
  await lab.clock.until(over);
});

t.test('a disk can be removed where its repository is not known', async (t) => {
  const cloud = await startCloud(t);
  const { disks } = driverFor(cloud.simulator.url, { storageRepository: 'nowhere' });
  t.same(await disks.observe(FIRST, undefined, call()), { presence: 'absent' });
});
