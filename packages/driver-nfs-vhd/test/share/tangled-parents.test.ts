import { type DriverCall, DriverFailure, type StorageDriver } from '@gdcloud/core';
import { test } from 'tap';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { UpkeepWorld } from '../support/upkeep-world.js';

/** Who reads from whom, by their numbers. */
const TANGLES: Readonly<Record<string, readonly (readonly [child: number, parent: number])[]>> = {
  'a disk that is its own parent': [[1, 1]],
  "two that are each other's": [
    [1, 2],
    [2, 1],
  ],
  'a ring of thirty': Array.from({ length: 30 }, (_, n) => [n + 1, ((n + 1) % 30) + 1] as const),
  'a disk above a ring': [
    [1, 2],
    [2, 3],
    [3, 2],
  ],
  'a chain of a hundred, without an end': Array.from(
    { length: 100 },
    (_, n) => [n + 1, n + 2] as const,
  ),
};

const VOLUME = { name: 'v', sizeBytes: 2 * MIB } as const;
const READ = { kind: 'volume', key: keyOf(1) } as const;

const OPERATIONS: Readonly<
  Record<string, (driver: StorageDriver, call: DriverCall) => Promise<unknown>>
> = {
  observe: ({ volumes }, call) => volumes.observe(keyOf(1), undefined, call),
  list: ({ images }, call) => images.list(undefined, call),
  read: async ({ content }, call) => (await content?.read(READ, 'raw', call))?.close(),
  clone: ({ volumes }, call) =>
    volumes.create(keyOf(200), { ...VOLUME, origin: { image: uuid(1) } }, call),
  'delete what others read from': ({ images }, call) => images.delete(keyOf(2), call),
};

for (const [what, pairs] of Object.entries(TANGLES)) {
  test(`${what}: every operation ends, upkeep too, and nothing of it goes`, async (t) => {
    const world = new UpkeepWorld();
    for (const [child, parent] of pairs) await world.make(child, { parent, megabytes: 2 });
    const before = world.disks();
    const driver = world.driver(world.files, { scrubEveryMs: 0 });
    for (const [operation, work] of Object.entries(OPERATIONS)) {
      const ended = await work(driver, call(operation)).catch((thrown) => thrown);
      if (!(ended instanceof Error)) continue;
      t.type(ended, DriverFailure, operation);
      t.not((ended as DriverFailure).code, 'ShareFailing', `${operation}: ${ended.message}`);
    }
    await t.rejects(OPERATIONS['read']?.(driver, call()) ?? Promise.resolve(), {
      code: 'CorruptDisk',
      message: /its own ancestor|more than 64 files/,
    });
    await world.rounds(3, driver);
    t.same(world.disks(), before, 'all is there still');
  });
}
