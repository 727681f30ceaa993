import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { asFence, systemClock } from '@gdcloud/core';
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
  t.same(await readdir(folder), [`${uuid(1)}.1`]);
  t.match(await readFile(await planFile(folder), 'utf8'), 'ip netns add');

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
  const before = await readFile(await planFile(folder), 'utf8');
  const refused = { outcome: 'rejected', code: 'DocumentOutdated' };
  await t.rejects(appliances.create(keyOf(1), { ...DESIRED, revision: 9 }, call()), refused);
  const change = { field: 'revision', desired: 9, actual: 10 };
  await t.rejects(
    appliances.update(keyOf(1), { ...DESIRED, revision: 9 }, change, call()),
    refused,
  );
  t.equal(await readFile(await planFile(folder), 'utf8'), before);
});

test('a record that somebody changed is a change to make', async (t) => {
  const folder = t.testdir();
  const { appliances } = createVlanDriver({ folder });
  await appliances.create(keyOf(1), DESIRED, call());
  const mend = async (field: string): Promise<void> => {
    const seen = await appliances.observe(keyOf(1), DESIRED, call());
    t.match(seen, { presence: 'present', changes: [{ field }] });
    t.match(await appliances.observe(keyOf(1), undefined, call()), { presence: 'present' });
    const change = { field, desired: null, actual: null };
    await appliances.update(keyOf(1), DESIRED, change, call());
    t.match(await appliances.observe(keyOf(1), DESIRED, call()), { changes: [] });
  };
  const path = await planFile(folder);
  await writeFile(path, (await readFile(path, 'utf8')).replace('ip netns add', 'reboot'));
  await mend('plan');
  await writeFile(await planFile(folder), 'reboot');
  await mend('revision');
});

test('a record of which somebody removed a part is made anew, or removed', async (t) => {
  const folder = t.testdir();
  const { appliances } = createVlanDriver({ folder });
  for (const part of [/^life-/, /plan$/, /./]) {
    await appliances.create(keyOf(1), DESIRED, call());
    const names = await readdir(`${folder}/${uuid(1)}.1`);
    for (const name of names.filter((name) => part.test(name)))
      await rm(`${folder}/${uuid(1)}.1/${name}`);
    t.same(await appliances.observe(keyOf(1), DESIRED, call()), { presence: 'absent' });
    t.match(await appliances.observe(keyOf(1), undefined, call()), { presence: 'present' });
    await appliances.create(keyOf(1), DESIRED, call());
    t.match(await appliances.observe(keyOf(1), DESIRED, call()), { changes: [] });
    for (const name of names) await rm(`${folder}/${uuid(1)}.1/${name}`, { force: true });
    await appliances.delete(keyOf(1), call());
    t.same(await readdir(folder), []);
  }
});

for (const end of ['the process dies', 'the power goes', 'the power goes at its worst'] as const) {
  test(`${end} between any two calls: the next try finishes it`, async (t) => {
    let crashes = 0;
    for (let calls = 0; ; calls += 1) {
      const files = new MemoryRecordFiles(new MemoryDisk({ clock: systemClock }));
      const folder = '/var/plans';
      await createVlanDriver({ folder }, { files }).appliances.create(keyOf(1), DESIRED, call());
      const loseThePower = (): void =>
        files.disk.powerLoss(end === 'the power goes' ? undefined : alternating());
      let made = 0;
      const stopping = wrappedFiles(files, (_call, _path, work) => {
        made += 1;
        return made > calls ? Promise.reject(new Error('the process has stopped')) : work();
      });
      const next = { ...DESIRED, revision: 4 };
      const change = { field: 'revision', desired: 4, actual: 3 };
      const stopped = createVlanDriver({ folder }, { files: stopping }).appliances;
      await stopped.update(keyOf(1), next, change, call()).catch(() => undefined);
      if (end !== 'the process dies') loseThePower();

      const { appliances } = createVlanDriver({ folder }, { files });
      const seen = await appliances.observe(keyOf(1), next, call());
      t.equal(seen.presence, 'present', `after ${calls}: one whole record or the other`);
      await appliances.update(keyOf(1), next, change, call());
      loseThePower();
      t.match(await appliances.observe(keyOf(1), next, call()), { changes: [] });
      await appliances.delete(keyOf(1), call());
      loseThePower();
      t.same(files.disk.names(folder), [], `after ${calls}`);
      if (made <= calls) break;
      crashes += 1;
    }
    t.ok(crashes >= 7, `${crashes} places`);
  });
}

test('a record in quarantine says so, is listed, and is followed again when it is wanted', async (t) => {
  const folder = `${t.testdir()}/plans`;
  const { appliances } = createVlanDriver({ folder });
  await appliances.create(keyOf(1), DESIRED, call());
  for (const time of ['once', 'again']) {
    t.same(await appliances.quarantine?.(keyOf(1), call()), { settled: true }, time);
    t.match(await readFile(await planFile(folder), 'utf8'), /^# gdcloud .*"quarantined"/, time);
  }
  t.match(await appliances.list(undefined, call()), { objects: [{ uuid: uuid(1) }] });
  t.match(await appliances.observe(keyOf(1), undefined, call()), { presence: 'present' });
  const change = { field: 'quarantined', desired: false, actual: true };
  t.match(await appliances.observe(keyOf(1), DESIRED, call()), { changes: [change] });
  await appliances.update(keyOf(1), DESIRED, change, call());
  t.match(await appliances.observe(keyOf(1), DESIRED, call()), { changes: [] });
  await appliances.quarantine?.(keyOf(1), call());
  await appliances.delete(keyOf(1), call());
  t.same(await appliances.observe(keyOf(1), undefined, call()), { presence: 'absent' });
  t.same(await readdir(folder), []);
});

test('an older holder changes nothing any more, in no way', async (t) => {
  const folder = t.testdir();
  const { appliances } = createVlanDriver({ folder });
  const [older, newer] = ['1', '2'].map((fence) => call(undefined, asFence(fence)));
  if (older === undefined || newer === undefined) return;
  const change = { field: 'revision', desired: 4, actual: 3 };
  const next = { ...DESIRED, revision: 4 };
  await appliances.create(keyOf(1), DESIRED, older);
  await appliances.update(keyOf(1), DESIRED, change, newer);
  const before = await readFile(await planFile(folder), 'utf8');
  const refused = { outcome: 'rejected', code: 'Superseded' };
  await t.rejects(appliances.create(keyOf(1), next, older), refused);
  await t.rejects(appliances.update(keyOf(1), next, change, older), refused);
  await t.rejects(appliances.delete(keyOf(1), older), refused);
  await t.rejects(Promise.resolve(appliances.quarantine?.(keyOf(1), older)), refused);
  t.equal(await readFile(await planFile(folder), 'utf8'), before);
});

test('what has gone is not changed, and not made by a change', async (t) => {
  const folder = t.testdir();
  const { appliances } = createVlanDriver({ folder });
  const change = { field: 'revision', desired: 3, actual: 2 };
  await t.rejects(appliances.update(keyOf(1), DESIRED, change, call()), {
    outcome: 'rejected',
    code: 'NotThere',
  });
  t.same(await readdir(folder), []);
});

for (const [ending, state] of [
  ['', 'followed'],
  ['.aside', 'quarantined'],
] as const) {
  test(`a ${state} record of an earlier release is read, carried over and removed`, async (t) => {
    const folder = t.testdir();
    const { appliances } = createVlanDriver({ folder });
    await appliances.create(keyOf(1), DESIRED, call());
    const [, plan = ''] = (await readFile(await planFile(folder), 'utf8')).split(/^# gdcloud .*\n/);
    const leave = async (revision: number): Promise<void> => {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      const record = { format: 1, revision, planHash: 'its hash', plan };
      await writeFile(`${folder}/${uuid(1)}.json${ending}`, JSON.stringify(record));
      await writeFile(`${folder}/${uuid(1)}.plan${ending}`, plan);
      await writeFile(`${folder}/${uuid(1)}.json.0123456789abcdef.tmp`, '{');
    };
    await leave(3);
    t.match(await appliances.list(undefined, call()), { objects: [{ ...keyOf(1) }] });
    const seen = await appliances.observe(keyOf(1), DESIRED, call());
    t.match(seen, { presence: 'present', external: `gd-${uuid(1)}`, actual: { revision: 3 } });
    t.equal(seen.presence === 'present' && seen.changes.length, state === 'followed' ? 0 : 1);
    t.same(
      await appliances.observe({ ...keyOf(1), epoch: 2 }, DESIRED, call()),
      { presence: 'absent' },
      'it is of the first epoch',
    );
    const next = { ...DESIRED, revision: 4 };
    const change = { field: 'revision', desired: 4, actual: 3 };
    await appliances.update(keyOf(1), next, change, call());
    t.match(await appliances.observe(keyOf(1), next, call()), { changes: [] });
    t.same(await readdir(folder), [`${uuid(1)}.1`]);

    await leave(3);
    await appliances.quarantine?.(keyOf(1), call());
    t.match(await appliances.observe(keyOf(1), DESIRED, call()), {
      changes: [{ field: 'quarantined' }],
    });

    await leave(5);
    await t.rejects(appliances.update(keyOf(1), next, change, call()), {
      code: 'DocumentOutdated',
    });
    await appliances.delete(keyOf(1), call());
    t.same(await appliances.observe(keyOf(1), undefined, call()), { presence: 'absent' });
    t.same(await readdir(folder), []);
  });
}

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
  await appliances.create(keyOf(2), DESIRED, call());
  const path = await planFile(folder, 2);
  await rm(path);
  await symlink('../secret', path);
  await t.rejects(appliances.observe(keyOf(2), DESIRED, call()), { code: 'SymbolicLink' });
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

/** The one version there is of a network's record. */
async function planFile(folder: string, n = 1): Promise<string> {
  const names = await readdir(`${folder}/${uuid(n)}.1`);
  return `${folder}/${uuid(n)}.1/${names.find((name) => name.endsWith('.plan'))}`;
}

/** Chance that lets every second name and write reach the disk. */
function alternating(): { fraction(): number } {
  let last = 0;
  return { fraction: () => (last = last === 0 ? 0.99 : 0) };
}

test('what a document speaks of is carried as soon as it is recorded, and no longer than it is', async (t) => {
  const folder = t.testdir();
  const driver = createVlanDriver({ folder });
  const { appliances } = driver;
  const lease = (n: number, generation: number) => ({
    uuid: uuid(n),
    generation,
    macAddress: '02:00:00:00:00:01',
    ipv4Address: '192.168.0.2',
    hostname: 'web',
  });
  const carriedNow = (n: number): Promise<number | undefined> =>
    driver.carried(uuid(1), uuid(n), call());
  t.equal(await carriedNow(5), undefined, 'no record');
  const first = { ...DESIRED, leases: [lease(5, 1)] };
  await appliances.create(keyOf(1), first, call());
  await appliances.create(keyOf(2), { ...DESIRED, leases: [lease(6, 9)] }, call());
  t.equal(await carriedNow(5), 1);
  t.equal(await carriedNow(6), undefined, 'another network’s');
  const change = { field: 'elements', desired: 2, actual: 1 };
  const second = { ...first, leases: [lease(5, 2)] };
  t.match(await appliances.observe(keyOf(1), second, call()), { changes: [change] });
  await appliances.update(keyOf(1), second, change, call());
  t.match(await appliances.observe(keyOf(1), second, call()), { changes: [] });
  t.equal(await carriedNow(5), 2);
  t.equal(await driver.carried(uuid(1), uuid(5), call()), 2);
  await appliances.delete(keyOf(1), call());
  t.equal(await carriedNow(5), undefined);
});

test('of a document with 10,000 forwards a thousand children ask, and it is read once', async (t) => {
  let read = 0;
  const files = wrappedFiles(
    new MemoryRecordFiles(new MemoryDisk({ clock: systemClock })),
    (verb, _path, work) => {
      read += verb === 'read' ? 1 : 0;
      return work();
    },
  );
  const driver = createVlanDriver({ folder: '/plans' }, { files });
  // Another process tells the appliance.
  const other = createVlanDriver({ folder: '/plans' }, { files });
  const forwards = Array.from({ length: 10_000 }, (_, nth) => ({
    uuid: uuid(1_000 + nth),
    generation: 1,
    protocol: 'tcp' as const,
    publicAddress: '203.0.113.11',
    publicStartPort: 1_000 + nth,
    publicEndPort: 1_000 + nth,
    privateAddress: '192.168.0.11',
    privateStartPort: 1_000 + nth,
  }));
  const publicAddresses = [
    {
      uuid: uuid(20),
      generation: 1,
      address: '203.0.113.11',
      prefixLength: 24,
      gateway: '203.0.113.1',
      uplink: 'outside',
    },
  ];
  const full = { ...DESIRED, publicAddresses, forwards };
  await other.appliances.create(keyOf(1), full, call());
  read = 0;
  for (let nth = 0; nth < 1_000; nth += 1)
    t.equal(await driver.carried(uuid(1), uuid(1_000 + nth), call()), 1);
  t.equal(read, 1);
  const next = { ...full, revision: 4, forwards: forwards.slice(1) };
  const change = { field: 'revision', desired: 4, actual: 3 };
  await other.appliances.update(keyOf(1), next, change, call());
  read = 0;
  t.equal(await driver.carried(uuid(1), uuid(1_000), call()), undefined, 'what another changed');
  t.equal(await driver.carried(uuid(1), uuid(1_001), call()), 1);
  t.equal(read, 1);
});
