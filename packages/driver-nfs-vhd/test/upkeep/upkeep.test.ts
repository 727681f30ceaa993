import { test } from 'tap';
import { uuid } from '../support/fixtures.js';
import { HOUR, pathOf, UpkeepWorld } from '../support/upkeep-world.js';

/** An image, two snapshots of a volume, the volume, and a second volume that reads from the older snapshot. */
async function family(): Promise<UpkeepWorld> {
  const world = new UpkeepWorld();
  await world.make(1);
  await world.write(1, 0, 9000, 'image');
  await world.make(2, { parent: 1 });
  await world.write(2, 100, 700, 'older');
  await world.make(3, { parent: 2 });
  await world.write(3, 300, 5000, 'newer');
  await world.make(4, { parent: 3, visibility: 'visible' });
  await world.write(4, 350, 10, 'volume');
  return world;
}

test('a removed snapshot with one reader is joined with it, and then goes', async (t) => {
  const world = await family();
  const [snapshot, volume] = [await world.hash(3), await world.hash(4)];
  world.retire(2);
  const first = await world.round();
  t.match(first, { done: [`joined ${uuid(3)} with ${uuid(2)}`], problems: [] });
  t.equal(await world.hash(3), snapshot);
  t.equal(await world.hash(4), volume);
  t.equal(await world.depth(4), 3);
  t.same(world.disks(), [1, 2, 3, 4], 'what was joined is still there');
  await world.rounds(8);
  t.same(world.disks(), [1, 3, 4]);
  t.same([world.own('trash'), world.own('tmp'), world.own('retired')], [[], [], []]);
  t.equal(await world.hash(4), volume);
});

test('several removed snapshots in a row are joined at once, each byte copied once', async (t) => {
  const world = await family();
  await world.make(5, { parent: 3 });
  await world.make(6, { parent: 5, visibility: 'visible' });
  const hash = await world.hash(6);
  world.retire(4);
  await world.rounds(4);
  world.retire(2);
  world.retire(3);
  const { done } = await world.round();
  t.same(done, [`joined ${uuid(5)} with ${uuid(3)}, ${uuid(2)}`]);
  t.equal(await world.hash(6), hash);
  t.equal(await world.depth(6), 3);
});

test('nothing goes before its grace is over, and evidence is there before it does', async (t) => {
  const world = await family();
  await world.make(9);
  world.retire(9);
  await world.round();
  t.match(world.own('evidence'), [new RegExp(`^disk\\.${uuid(9)}\\.[0-9a-f]{20}\\.seen$`)]);
  world.clock.time += HOUR - 1;
  await world.round();
  t.same(world.disks(), [1, 2, 3, 4, 9], 'an hour less a millisecond');
  world.clock.time += 2;
  t.same((await world.round()).done, [
    `set ${uuid(9)} aside: it was removed, and nothing reads from it any more`,
  ]);
  t.same(world.disks(), [1, 2, 3, 4]);
  t.match(world.own('trash'), [new RegExp(`^${uuid(9)}\\.`)]);
  t.equal(world.own('evidence').filter((name) => name.endsWith('.decided')).length, 1);
  await world.round();
  world.clock.time += 23 * HOUR;
  await world.round();
  t.equal(world.own('trash').length, 1, 'it stays in the trash for a day');
  world.clock.time += 2 * HOUR;
  t.match((await world.round()).done, [/removed .* from the trash/]);
  t.same(world.own('trash'), []);
  world.clock.time += 31 * 24 * HOUR;
  await world.rounds(3);
  world.clock.time += 31 * 24 * HOUR;
  await world.rounds(1);
  t.same([world.own('evidence'), world.own('retired')], [[], []], 'evidence is forgotten at last');
});

test('evidence counts only for the very file, and only while nothing needs it', async (t) => {
  const world = await family();
  await world.make(9);
  world.retire(9);
  await world.round();
  world.clock.time += 2 * HOUR;
  await world.make(8, { parent: 9, visibility: 'visible' });
  await world.round();
  t.same(world.own('evidence'), [], 'something reads from it: the evidence is void');
  world.recorded.delete(uuid(8));
  world.disk.unlink(pathOf(8));
  await world.round();
  t.same(world.disks(), [1, 2, 3, 4, 9], 'its time begins anew');
  world.clock.time += 2 * HOUR;
  await world.write(9, 0, 8, 'written');
  await world.round();
  t.same(world.disks(), [1, 2, 3, 4, 9], 'it is another file now');
});

test('what is recorded, is not ours, or is not retired never goes', async (t) => {
  const world = await family();
  await world.make(7);
  world.retire(7);
  world.recorded.set(uuid(7), 'closed');
  await world.make(8);
  world.recorded.delete(uuid(8));
  world.put(`/srv/share/.nfs000000000000001`, 'open somewhere');
  world.put(`/srv/share/.gdcloud/tmp/notes`, 'a stranger’s');
  world.put(`/srv/share/.gdcloud/tmp/${uuid(4)}.volume.0123456789abcdef.00`, 'in the making');
  await world.rounds(6);
  t.same(world.disks(), [1, 2, 3, 4, 7, 8]);
  t.ok(world.disk.status('/srv/share/.nfs000000000000001'));
  t.same(world.own('tmp'), [`${uuid(4)}.volume.0123456789abcdef.00`, 'notes']);
});

test('nothing is joined or removed while a server may have it open', async (t) => {
  const world = await family();
  world.retire(2);
  world.recorded.set(uuid(4), 'open');
  t.same(await world.rounds(4), []);
  t.equal(await world.depth(4), 4);
  world.recorded.set(uuid(4), 'closed');
  await world.round();
  world.recorded.set(uuid(4), 'open');
  await world.rounds(5);
  t.equal(await world.depth(4), 3);
  t.same(world.disks(), [1, 2, 3, 4], 'the server may read what was joined by its old name');
  t.equal(world.own('trash').length, 1);
  world.recorded.set(uuid(4), 'closed');
  await world.rounds(6);
  t.same([world.disks(), world.own('trash')], [[1, 3, 4], []]);
});

test("a stranger's disk on the share is never in the way of the rule, and never touched", async (t) => {
  const world = await family();
  await world.make(5, { parent: 3, visibility: 'visible' });
  world.recorded.delete(uuid(5));
  world.retire(2);
  t.same(await world.rounds(3), [], 'who knows whether it is open');
  t.same(world.disks(), [1, 2, 3, 4, 5]);
});

test('an empty database, a share of another, an unreadable disk: nothing goes', async (t) => {
  const world = await family();
  await world.make(9);
  world.retire(9);
  await world.round();
  world.clock.time += 2 * HOUR;
  world.put('/srv/share/broken.vhd', 'no VHD');
  t.match(await world.round(), { done: [], problems: [/^broken\.vhd can't be read/] });
  world.disk.unlink('/srv/share/broken.vhd');
  const recorded = new Map(world.recorded);
  world.recorded.clear();
  t.same(await world.round(), { done: [], problems: [], steps: 1 });
  for (const [disk, use] of recorded) world.recorded.set(disk, use);
  world.disk.unlink('/srv/share/.gdcloud/share');
  await t.rejects(world.round(), { code: 'ShareMissing' });
  t.same(world.disks(), [1, 2, 3, 4, 9]);
});

test('a chain that is too long is shortened where it is nobody’s to write', async (t) => {
  const world = new UpkeepWorld();
  await world.make(1);
  await world.write(1, 0, 4096, 'image');
  for (let n = 2; n <= 9; n += 1) {
    await world.make(n, { parent: n - 1 });
    await world.write(n, n * 40, 60, `snapshot ${n}`);
  }
  await world.make(10, { parent: 9, visibility: 'visible' });
  const hashes = await Promise.all([5, 8, 9, 10].map((n) => world.hash(n)));
  const { done } = await world.round(world.driver(world.files, { mostFiles: 7 }));
  t.same(done, [`joined ${uuid(9)} with ${uuid(8)}, ${uuid(7)}, ${uuid(6)}`]);
  t.equal(await world.depth(10), 7);
  t.same(await Promise.all([5, 8, 9, 10].map((n) => world.hash(n))), hashes);
  await world.rounds(5, world.driver(world.files, { mostFiles: 7 }));
  t.same(world.disks(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 'snapshots stay');
  t.same(world.own('trash'), []);
});

test('a join takes the time that its pace allows, in bounded steps, and tells how far it is', async (t) => {
  const world = new UpkeepWorld();
  await world.make(1, { megabytes: 40 });
  for (let block = 0; block < 18; block += 1) await world.write(1, block * 4096, 1, 'x');
  await world.make(2, { parent: 1, megabytes: 40 });
  world.retire(1);
  const began = world.clock.time;
  const { done, steps } = await world.round(world.driver(world.files, { bytesPerSecond: 2 ** 20 }));
  t.match(done, [/: 22 %$/, /: 44 %$/, /: 66 %$/, /: 88 %$/, new RegExp(`^joined ${uuid(2)}`)]);
  t.ok(steps > 5, `${steps} steps`);
  t.equal(world.clock.time - began, 36_000, 'milliseconds for 18 blocks of 2 MiB');
});

test('a file in the trash that something reads from comes back', async (t) => {
  const world = await family();
  await world.make(9);
  await world.write(9, 0, 8, 'kept');
  await world.make(8, { parent: 9, visibility: 'visible' });
  const hash = await world.hash(8);
  world.disk.makeFolder('/srv/share/.gdcloud/trash');
  world.disk.rename(pathOf(9), `/srv/share/.gdcloud/trash/${uuid(9)}.3`);
  t.same((await world.round()).done, [
    `brought ${uuid(9)} back from the trash: something reads from it`,
  ]);
  t.equal(await world.hash(8), hash);
  await world.rounds(3);
  t.equal(await world.hash(8), hash);
  t.same(world.own('trash'), []);
});

test('where there is no room nothing is begun', async (t) => {
  const world = await family();
  world.retire(2);
  world.disk.capacityBytes = world.disk.usedBytes + 2 ** 20;
  t.match(await world.round(), { done: [], problems: [/^no room to join/] });
  t.equal(await world.depth(4), 4);
});

test('leftovers of what nobody wants any more go, and what is decided stays', async (t) => {
  const world = await family();
  const tmp = '/srv/share/.gdcloud/tmp';
  const attempt = '0'.repeat(32);
  const names = [
    `${uuid(77)}.volume.0123456789abcdef.00`,
    `${uuid(3)}.join.0123456789abcdef0123`,
    `evidence.${uuid(5)}`,
  ];
  for (const name of names) world.put(`${tmp}/${name}`, 'half');
  const todo = `${uuid(4)}.snapshot.${uuid(6)}.${attempt}.todo`;
  world.put(`${tmp}/${todo}`, '{}');
  await world.round();
  t.equal(world.own('tmp').length, 4);
  world.clock.time += 2 * HOUR;
  await world.round();
  t.same(world.own('tmp'), [todo]);
});

test('disks are compared with their checksums once a while, and damage is told with who reads it', async (t) => {
  const world = await family();
  const driver = world.driver(world.files, { scrubEveryMs: 48 * HOUR });
  t.match(await world.round(driver), { done: [/^compared all disks/], problems: [] });
  const file = world.open(pathOf(2), 'write');
  const damaged = Buffer.alloc(512, 'damaged');
  await file.writeAt(damaged, file.sizeBytes - 512 - 2 ** 21 + 200 * 512);
  t.same((await world.round(driver)).problems, [], 'not yet');
  world.clock.time += 49 * HOUR;
  const { problems } = await world.round(driver);
  t.match(problems, [new RegExp(`^${uuid(2)}\\.vhd: .*read by .*${uuid(4)}`)]);
});
