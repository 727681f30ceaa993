import { asUuid, type Caller, createCloud } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import t from 'tap';
import type { Key } from './double.js';
import { at, sends, serve } from './served.js';

const ADMIN = { publicValue: 'admin', secretValue: 'the-administrators-secret' };

t.test('administrators see orphans, why, and what can be done; others see nothing', async (t) => {
  const outside = memoryDrivers();
  const uuid = asUuid('00000000-0000-7000-8000-000000000007');
  outside.volumes.plant({ uuid, epoch: 1 }, { name: 'lost', sizeBytes: 2 ** 21 });
  const cloud = createCloud({
    pepper: new Uint8Array(16).fill(7),
    administratorKey: ADMIN,
    plugins: [sqlite({ file: ':memory:' }), outside.plugin],
  });
  await cloud.start();
  t.teardown(() => cloud.stop());
  const keyOf = async (pair: typeof ADMIN): Promise<Key> => {
    const caller = await cloud.resources.authenticate(pair.publicValue, pair.secretValue);
    if (caller === undefined) throw new Error(`${pair.publicValue} opens nothing`);
    return { ...pair, caller };
  };
  const admin = await keyOf(ADMIN);
  const user = await keyOf(await userKey(cloud, admin.caller));
  const served = await serve(t, { types: cloud.types, resources: cloud.resources });

  let found: unknown;
  do found = at((await served.fetch('/v1/orphans', { key: admin })).json, 'data', 0);
  while (typeof at(found, 'why') !== 'string');
  t.match(found, {
    type: 'orphan',
    state: 'reported',
    transitioning: 'no',
    driver: 'memory.volumes',
    objectUuid: uuid,
    disposition: 'policy',
    sightings: 1,
    holdsData: true,
    why: /no live resource claims/,
  });
  const possible = Object.keys(at(found, 'actions') as object).sort();
  t.same(possible, ['explain', 'ignore', 'quarantine', 'reconcile'], 'data is not reaped at once');
  const path = `/v1/orphans/${String(at(found, 'id'))}`;
  const asked = await served.fetch(`${path}?action=quarantine`, { method: 'POST', key: admin });
  t.match(asked, { status: 202, json: { disposition: 'quarantine' } });
  const made = await served.fetch('/v1/orphans', { ...sends('POST', {}), key: admin });
  t.equal(made.status, 405, 'nobody makes one');

  for (const hidden of ['/v1/orphans', path, '/v1/schemas/orphan']) {
    t.equal((await served.fetch(hidden, { key: user })).status, 404, hidden);
  }
});

async function userKey(
  { resources, types }: Pick<ReturnType<typeof createCloud>, 'resources' | 'types'>,
  admin: Caller,
): Promise<typeof ADMIN> {
  const account = await resources.create(admin, types.get('account'), { name: 'Ada' });
  const body = { name: 'Ada', accountId: account.resource.id };
  const { resource, once } = await resources.create(admin, types.get('apikey'), body);
  const { publicValue } = resource.spec as { readonly publicValue: string };
  return { publicValue, secretValue: String(once['secretValue']) };
}
