import { asFence, asOperationKey, type DriverCall } from '@gdcloud/core';
import t from 'tap';
import { down } from './support/failures.js';
import { uuid } from './support/resources.js';
import { widgets } from './support/widgets.js';

const call: DriverCall = {
  signal: new AbortController().signal,
  deadline: 0,
  fence: asFence(''),
  operation: asOperationKey(''),
};
const key = { uuid: uuid(1), epoch: 1 };

t.test('a backend in memory keeps objects, counts changes, and can be away', async (t) => {
  const { objects } = widgets();
  t.same(await objects.observe(key, { size: 1 }, call), { presence: 'absent' });
  await t.rejects(
    objects.update(key, { size: 2 }, { field: 'size', desired: 2, actual: 1 }, call),
    {
      outcome: 'rejected',
      code: 'NotThere',
    },
  );
  await objects.create(key, { size: 1 }, call);
  await objects.create(key, { size: 9 }, call);
  t.match(await objects.observe(key, { size: 2 }, call), {
    presence: 'present',
    actual: { size: 1 },
    changes: [{ field: 'size' }],
  });
  t.same(await objects.list(undefined, call), {
    objects: [{ external: uuid(1), uuid: uuid(1), epoch: 1 }],
  });
  t.same(objects.counts, { create: 1, update: 0, delete: 0 });
  objects.down = down();
  const away = { code: 'Unreachable' };
  await t.rejects(objects.observe(key, undefined, call), away);
  await t.rejects(objects.create(key, { size: 1 }, call), away);
  await t.rejects(objects.delete(key, call), away);
  await t.rejects(objects.list(undefined, call), away);
  objects.down = undefined;
  await objects.delete(key, call);
  await objects.delete(key, call);
  t.equal(objects.counts.delete, 1);
});

t.test('objects can be planted, listed in pages, set aside and brought back', async (t) => {
  const { objects } = widgets();
  objects.pageSize = 1;
  for (const n of [3, 1]) objects.plant({ uuid: uuid(n), epoch: 2 }, { size: 1 });
  objects.plant({ uuid: uuid(2), epoch: 1 }, { size: 1 }, 'none');
  const first = { external: uuid(1), uuid: uuid(1), epoch: 2 };
  t.same(await objects.list(undefined, call), { objects: [first], cursor: uuid(1) });
  t.match(await objects.list(uuid(1), call), { objects: [{ uuid: uuid(3) }], cursor: undefined });
  await objects.quarantine(key, call);
  await objects.quarantine(key, call);
  await objects.quarantine({ uuid: uuid(9), epoch: 1 }, call);
  t.equal(objects.quarantines, 1);
  const back = { field: 'quarantined', desired: false, actual: true };
  t.match(await objects.observe(key, { size: 1 }, call), { changes: [back] });
  await objects.update(key, { size: 1 }, back, call);
  t.match(await objects.observe(key, { size: 1 }, call), { changes: [] });
});

t.test('a call that was given up is refused', async (t) => {
  const { objects } = widgets();
  const signal = AbortSignal.abort(new Error('too late'));
  await t.rejects(objects.observe(key, undefined, { ...call, signal }), { message: 'too late' });
});
