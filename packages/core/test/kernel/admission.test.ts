import type { AdmissionInput, HookRegistration, JsonObject } from '@gdcloud/core';
import t from 'tap';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { hooking } from '../support/hooking.js';
import { turns } from '../support/turns.js';
import { widgets, widgetType } from '../support/widgets.js';

async function withHooks(
  t: Parameters<typeof startCloud>[0],
  ...hooks: readonly HookRegistration[]
): Promise<TestCloud> {
  return startCloud(t, { plugins: [widgets().plugin, hooking(...hooks)] });
}

const ofWidgets =
  <Answer>(answer: (input: AdmissionInput) => Answer) =>
  (input: AdmissionInput): Answer | undefined =>
    input.type === 'widget' ? answer(input) : undefined;

t.test('a plug-in may set fields of a wish, and they are checked like the caller’s', async (t) => {
  let fields: JsonObject = { colour: 'green', ours: 5, unknown: 1 };
  const world = await withHooks(t, {
    point: 'admit.mutate',
    name: 'acme/green',
    run: ofWidgets(() => fields),
  });
  const { id, spec } = await world.create('widget', { colour: 'red', size: 2 });
  t.match(spec, { colour: 'green', size: 2, ours: 0 });
  fields = { size: 'huge' };
  await t.rejects(world.update('widget', id, { colour: 'x' }), {
    code: 'InvalidFormat',
    fieldName: 'size',
  });
});

t.test('a later plug-in has the last word on a field', async (t) => {
  const say = (name: string, priority: number): HookRegistration => ({
    point: 'admit.mutate',
    name,
    priority,
    run: ofWidgets(() => ({ colour: name })),
  });
  const world = await withHooks(t, say('last', 1), say('first', 2));
  t.match(await world.create('widget', {}), { spec: { colour: 'last' } });
});

t.test('a plug-in may refuse any wish, and is named', async (t) => {
  const seen: string[] = [];
  const world = await withHooks(t, {
    point: 'admit.validate',
    name: 'acme/no',
    run: ofWidgets(({ operation, before, accountKind, account, desired }) => {
      seen.push(`${operation} ${before === undefined ? 'new' : before.id} ${accountKind}`);
      t.type(account, 'string');
      return desired['size'] === 13 || operation === 'delete'
        ? { message: `no ${operation}`, fieldName: 'size' }
        : undefined;
    }),
  });
  const refused = (operation: string) => ({
    code: 'AdmissionRefused',
    message: `no ${operation}`,
    fieldName: 'size',
    detail: 'refused by acme/no',
  });
  await t.rejects(world.create('widget', { size: 13 }), refused('create'));
  const { id } = await world.create('widget', { size: 12 });
  await t.rejects(world.update('widget', id, { size: 13 }), refused('update'));
  await t.rejects(world.remove('widget', id), refused('delete'));
  t.match(await world.get('widget', id), { generation: 1, deleteRequestedAt: null });
  await world.update('widget', id, { size: 8 });
  await t.rejects(
    world.cloud.resources.act(world.admin, widgetType, id, 'grow', { by: 5 }),
    refused('act'),
  );
  t.same(seen, [
    'create new admin',
    'create new admin',
    `update ${id} admin`,
    `delete ${id} admin`,
    `update ${id} admin`,
    `act ${id} admin`,
  ]);
});

t.test('the first refusal is the answer', async (t) => {
  const refuse = (name: string): HookRegistration => ({
    point: 'admit.validate',
    name,
    run: ofWidgets(() => ({ message: name })),
  });
  const world = await withHooks(t, refuse('b'), refuse('a'));
  await t.rejects(world.create('widget', {}), { message: 'a', fieldName: undefined });
});

t.test('a plug-in that throws or takes too long refuses, by name', async (t) => {
  const world = await withHooks(
    t,
    {
      point: 'admit.mutate',
      name: 'acme/broken',
      run: ofWidgets(({ desired }) => {
        if (desired['colour'] === 'broken') throw new Error('broken');
        return {};
      }),
    },
    {
      point: 'admit.validate',
      name: 'acme/slow',
      timeoutMs: 100,
      run: (input) =>
        input.type === 'widget' && input.desired['colour'] === 'slow'
          ? new Promise(() => undefined)
          : undefined,
    },
  );
  await t.rejects(world.create('widget', { colour: 'broken' }), {
    code: 'AdmissionRefused',
    message: 'hook acme/broken at admit.mutate failed',
  });
  const slow = t.rejects(world.create('widget', { colour: 'slow' }), {
    code: 'AdmissionRefused',
    message: 'hook acme/slow at admit.validate did not answer within 100 ms',
  });
  await turns(4);
  world.clock.advance(100);
  await slow;
  await t.resolves(world.create('widget', { colour: 'fine' }));
});
