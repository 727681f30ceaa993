import { createCloud } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import t from 'tap';
import type { Key } from './double.js';
import { at, sends, serve } from './served.js';

t.test('more than an account may have is 422 and says how much that is', async (t) => {
  const administratorKey = { publicValue: 'admin', secretValue: 'the-administrators-secret' };
  const cloud = createCloud({
    pepper: new Uint8Array(16),
    administratorKey,
    limits: { volumeGb: 10 },
    plugins: [sqlite({ file: ':memory:' }), memoryDrivers().plugin],
  });
  t.teardown(() => cloud.stop());
  await cloud.start();
  const served = await serve(t, { types: cloud.types, resources: cloud.resources });
  const admin = { ...served.admin, ...administratorKey };
  const account = await served.fetch('/v1/accounts', {
    ...sends('POST', { name: 'Ada' }),
    key: admin,
  });
  const made = await served.fetch('/v1/apikeys', {
    ...sends('POST', { accountId: at(account.json, 'id') }),
    key: admin,
  });
  const key: Key = {
    ...served.user,
    publicValue: String(at(made.json, 'publicValue')),
    secretValue: String(at(made.json, 'secretValue')),
  };
  t.equal(
    (await served.fetch('/v1/volumes', { ...sends('POST', { sizeGb: 8 }), key })).status,
    201,
  );
  const refused = await served.fetch('/v1/volumes', { ...sends('POST', { sizeGb: 3 }), key });
  t.match(refused, {
    status: 422,
    json: {
      type: 'error',
      status: 422,
      code: 'LimitExceeded',
      fieldName: 'sizeGb',
      message: 'volumeGb: 8 of 10 are in use, and 3 more are asked for',
      detail: 'class volumeGb, used 8, limit 10, asked for 3',
    },
  });
  const list = await served.fetch('/v1/volumes', { key });
  t.equal(at(list.json, 'data', 1), undefined, 'and nothing was made of it');
});
