import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, createCloud, type JsonObject, PASSWORD_HASHER } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers, quickHasher } from '@gdcloud/core/testing';
import t, { type Test } from 'tap';

const ADMIN = { publicValue: 'admin', secretValue: 'canary-secret-of-the-administrator' };
const PASSWORD = 'canary-password-of-ada';
const NEXT = 'canary-password-of-ada-after-that';

function start(t: Test, file: string, pepper: Uint8Array): Cloud {
  const cloud = createCloud({
    pepper,
    administratorKey: ADMIN,
    replaceable: [PASSWORD_HASHER],
    plugins: [
      sqlite({ file }),
      memoryDrivers().plugin,
      (container) => container.register(PASSWORD_HASHER, { useValue: quickHasher() }),
    ],
  });
  t.teardown(() => cloud.stop());
  return cloud;
}

t.test(
  'no secret of a key or a person is in the database, nor does a copy of it open anything',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'gdcloud-at-rest-'));
    t.teardown(() => rm(folder, { recursive: true }));
    const file = join(folder, 'cloud.db');
    const cloud = start(t, file, new Uint8Array(32).fill(1));
    await cloud.start();
    const { resources, types } = cloud;
    const admin = await resources.authenticate(ADMIN.publicValue, ADMIN.secretValue);
    if (admin === undefined) throw new Error('the administrator’s key opens nothing');
    const make = (type: string, body: JsonObject) => resources.create(admin, types.get(type), body);
    const { resource: login } = await make('login', { username: 'ada', password: PASSWORD });
    t.ok(await resources.authenticate('ada', PASSWORD));
    await resources.act(admin, types.get('login'), login.id, 'changepassword', { password: NEXT });
    const { resource: key, once } = await make('apikey', {});
    const rotated = await resources.act(admin, types.get('apikey'), key.id, 'rotate', {
      graceSeconds: 60,
    });
    const secrets = [once, rotated.once].map((told) => String(told?.['secretValue']));
    // What is not gathered into the database yet is in files beside it.
    const bytes = Buffer.concat(
      await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name)))),
    );
    t.ok(bytes.includes('passwordDigest'), 'it is all there');
    for (const secret of [ADMIN.secretValue, PASSWORD, NEXT, ...secrets])
      t.notOk(bytes.includes(secret), secret);
    await cloud.stop();

    const thief = start(t, file, new Uint8Array(32).fill(2));
    await thief.start();
    t.equal(await thief.resources.authenticate('ada', NEXT), undefined);
    for (const secret of secrets)
      t.equal(
        await thief.resources.authenticate(String(key.spec['publicValue']), secret),
        undefined,
      );
  },
);
