import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createVlanDriver, nodeRecordFiles } from '@gdcloud/driver-vlan';
import { MemoryRecordFiles } from '@gdcloud/driver-vlan/testing';
import { test } from 'tap';
import { call, DESIRED, keyOf, uuid } from '../support/fixtures.js';
import { wrappedFiles } from '../support/wrapped-files.js';

test('a document is recorded, observed, followed and removed', async (t) => {
  const folder = `${t.testdir()}/plans`;
  const { appliances } = createVlanDriver({ folder });
  t.same(await appliances.observe(keyOf(1), DESIRED, call()), { presence: 'absent' });
  t.same(await appliances.create(keyOf(1), DESIRED, call()), {
    external: `gd-${uuid(1)}`,
    settled: true,
  });
  const seen = { actual: { revision: 3, mode: 'record' }, changes: [] };
  t.match(await appliances.observe(keyOf(1), DESIRED, call()), { presence: 'present', ...seen });
  t.same(await appliances.foresee?.(DESIRED, call()), seen, 'as was to be foreseen');
  t.same((await readdir(folder)).sort(), [`${uuid(1)}.json`, `${uuid(1)}.plan`]);
  t.match(await readFile(`${folder}/${uuid(1)}.plan`, 'utf8'), 'ip netns add');

  const next = { ...DESIRED, revision: 4, domain: 'other.example' };
  const change = { field: 'revision', desired: 4, actual: 3 };
  t.match(await appliances.observe(keyOf(1), next, call()), { changes: [change] });
  await appliances.update(keyOf(1), next, change, call());
  t.match(await appliances.observe(keyOf(1), next, call()), {
    changes: [],
    actual: { revision: 4 },
  });

  t.same(await appliances.delete(keyOf(1), call()), { settled: true });
  t.same(await appliances.delete(keyOf(1), call()), { settled: true }, 'again');
  t.same(await appliances.observe(keyOf(1), undefined, call()), { presence: 'absent' });
  t.same(await readdir(folder), []);
});

test('a document older than the recorded one is refused', async (t) => {
  const folder = t.testdir();
  const { appliances } = createVlanDriver({ folder });
  await appliances.create(keyOf(1), { ...DESIRED, revision: 10 }, call());
  const before = await readFile(`${folder}/${uuid(1)}.plan`, 'utf8');
  const refused = { outcome: 'rejected', code: 'DocumentOutdated' };
  await t.rejects(appliances.create(keyOf(1), { ...DESIRED, revision: 9 }, call()), refused);
  t.equal(await readFile(`${folder}/${uuid(1)}.plan`, 'utf8'), before);
});

test('a record that somebody changed is a change to make', async (t) => {
  const folder = t.testdir();
  const { appliances } = createVlanDriver({ folder });
  await appliances.create(keyOf(1), DESIRED, call());
  await writeFile(`${folder}/${uuid(1)}.plan`, 'reboot');
  t.match(await appliances.observe(keyOf(1), DESIRED, call()), { changes: [{ field: 'plan' }] });
  await rm(`${folder}/${uuid(1)}.plan`);
  t.match(await appliances.observe(keyOf(1), DESIRED, call()), { changes: [{ field: 'plan' }] });
  await writeFile(`${folder}/${uuid(1)}.json`, '{"revision":');
  t.match(
    await appliances.observe(keyOf(1), DESIRED, call()),
    { presence: 'absent' },
    'a damaged one is made anew',
  );
  t.match(
    await appliances.observe(keyOf(1), undefined, call()),
    { presence: 'present' },
    'but is still to be removed',
  );
  await appliances.create(keyOf(1), DESIRED, call());
  t.match(await appliances.observe(keyOf(1), DESIRED, call()), { changes: [] });
});

for (const end of ['the process dies', 'the power goes'] as const) {
  test(`${end} between any two calls: the next try finishes it`, async (t) => {
    let crashes = 0;
    for (let calls = 0; ; calls += 1) {
      const files = new MemoryRecordFiles(new MemoryDisk({ clock: systemClock }));
      const folder = '/var/plans';
      await createVlanDriver({ folder }, { files }).appliances.create(keyOf(1), DESIRED, call());
      let made = 0;
      const stopping = wrappedFiles(files, (_call, _path, work) => {
        made += 1;
        return made > calls ? Promise.reject(new Error('the process has stopped')) : work();
      });
      const next = { ...DESIRED, revision: 4 };
      const change = { field: 'revision', desired: 4, actual: 3 };
      const stopped = createVlanDriver({ folder }, { files: stopping }).appliances;
      await stopped.update(keyOf(1), next, change, call()).catch(() => undefined);
      if (end === 'the power goes') files.disk.powerLoss();

      const { appliances } = createVlanDriver({ folder }, { files });
      const seen = await appliances.observe(keyOf(1), next, call());
      t.equal(seen.presence, 'present', `after ${calls}: one whole record or the other`);
      await appliances.update(keyOf(1), next, change, call());
      files.disk.powerLoss();
      t.match(await appliances.observe(keyOf(1), next, call()), { changes: [] });
      t.same(
        [...files.disk.names(folder)].sort(),
        [`${uuid(1)}.json`, `${uuid(1)}.plan`],
        `after ${calls}`,
      );
      if (made <= calls) break;
      crashes += 1;
    }
    t.ok(crashes >= 7, `${crashes} places`);
  });
}

test('a record in quarantine is out of use, is listed, and is made anew when it is wanted', async (t) => {
  const folder = `${t.testdir()}/plans`;
  const { appliances } = createVlanDriver({ folder });
  await appliances.create(keyOf(1), DESIRED, call());
  for (const time of ['once', 'again']) {
    t.same(await appliances.quarantine?.(keyOf(1), call()), { settled: true }, time);
    t.same(
      (await readdir(folder)).sort(),
      [`${uuid(1)}.json.aside`, `${uuid(1)}.plan.aside`],
      time,
    );
  }
  t.match(await appliances.list(undefined, call()), { objects: [{ uuid: uuid(1) }] });
  t.match(await appliances.observe(keyOf(1), undefined, call()), { presence: 'present' });
  t.same(await appliances.observe(keyOf(1), DESIRED, call()), { presence: 'absent' });
  await appliances.create(keyOf(1), DESIRED, call());
  t.match(await appliances.observe(keyOf(1), DESIRED, call()), { changes: [] });
  await appliances.delete(keyOf(1), call());
  t.same(await appliances.observe(keyOf(1), undefined, call()), { presence: 'absent' });
  t.same(await readdir(folder), []);
});

test('errors of the disk have their outcome', async (t) => {
  const cases = [
    ['ENOSPC', 'unavailable', 'RecordFull'],
    ['EROFS', 'unavailable', 'RecordReadOnly'],
    ['EACCES', 'unavailable', 'RecordDenied'],
    ['EIO', 'ambiguous', 'RecordFailing'],
  ] as const;
  for (const [code, outcome, driverCode] of cases) {
    const files = wrappedFiles(nodeRecordFiles, (name, _path, work) =>
      name === 'write' ? Promise.reject(Object.assign(new Error(code), { code })) : work(),
    );
    const { appliances } = createVlanDriver({ folder: t.testdir() }, { files });
    const create = appliances.create(keyOf(1), DESIRED, call());
    await t.rejects(create, { name: 'DriverFailure', outcome, code: driverCode });
  }
});

test("a symbolic link at a record's name is not followed", async (t) => {
  const folder = t.testdir({ secret: 'secret' });
  const { appliances } = createVlanDriver({ folder });
  await symlink('secret', `${folder}/${uuid(1)}.json`);
  await t.rejects(appliances.observe(keyOf(1), DESIRED, call()), { code: 'SymbolicLink' });
});

test('a uuid that is none never becomes a path', async (t) => {
  const { appliances } = createVlanDriver({ folder: t.testdir() });
  // The type says uuid; only a mistake elsewhere brings another text here.
  const key = { uuid: '../../etc/passwd' as ReturnType<typeof uuid>, epoch: 1 };
  const attempts: readonly (() => Promise<unknown>)[] = [
    () => appliances.observe(key, DESIRED, call()),
    () => appliances.observe(key, undefined, call()),
    () => appliances.create(key, DESIRED, call()),
    () => appliances.delete(key, call()),
  ];
  for (const attempt of attempts) {
    await t.rejects(attempt(), { outcome: 'invalid', code: 'InvalidUuid' });
  }
});

test('pages follow each other without gap or repetition', async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 501 }, (_, n) => [`${uuid(n)}.json`, '{}']),
  );
  const { appliances } = createVlanDriver({ folder: t.testdir({ ...files, 'other.txt': '' }) });
  const first = await appliances.list(undefined, call());
  const second = await appliances.list(first.cursor, call());
  t.same([first.objects.length, second.objects.map((o) => o.uuid)], [500, [uuid(500)]]);
  t.equal(second.cursor, undefined);
});

test('an aborted call changes nothing', async (t) => {
  const folder = t.testdir();
  const { appliances } = createVlanDriver({ folder });
  const create = appliances.create(keyOf(1), DESIRED, call(AbortSignal.abort()));
  await t.rejects(create, { name: 'DriverFailure', code: 'Aborted' });
  t.same(await readdir(folder), []);
});
