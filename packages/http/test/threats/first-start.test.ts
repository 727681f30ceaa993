import { createCloud } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import t from 'tap';
import { serve } from '../served.js';

t.test('a cloud without a key that was given to it opens to nobody (T39)', async (t) => {
  const cloud = createCloud({
    pepper: new Uint8Array(32).fill(1),
    plugins: [sqlite({ file: ':memory:' }), memoryDrivers().plugin],
    roles: ['api'],
  });
  await cloud.start();
  t.teardown(() => cloud.stop());
  const { types, resources } = cloud;
  const served = await serve(t, { types, resources });
  t.equal((await served.fetch('/v1', { key: null })).status, 401);
  for (const publicValue of ['admin', 'root', 'Administrator'])
    for (const secretValue of ['admin', publicValue])
      t.equal(await resources.authenticate(publicValue, secretValue), undefined);
});
