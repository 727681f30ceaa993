import type { Hook, HookRegistration, MutationInput } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { HookFailure, HookRunner } from '../../dist/kernel/hook-runner.js';
import { collectingLogger } from '../support/collecting-logger.js';
import { resource } from '../support/resources.js';
import { turns } from '../support/turns.js';

const input: MutationInput = {
  resource: resource(),
  part: 'server',
  driver: 'memory',
  change: undefined,
};

function hook(name: string, more: Partial<Hook<'before.create'>> = {}): HookRegistration {
  return { point: 'before.create', name, run: () => ({ message: name }), ...more };
}

function runner(...hooks: HookRegistration[]) {
  const clock = new ManualClock();
  const logger = collectingLogger();
  return { clock, lines: logger.lines, hooks: new HookRunner(hooks, clock, logger) };
}

t.test('hooks run by falling priority, then by name', async (t) => {
  const { hooks } = runner(
    hook('b'),
    hook('c', { priority: 5 }),
    hook('a'),
    hook('z', { priority: 5 }),
    hook('last', { priority: -1 }),
    hook('elsewhere', { point: 'before.delete' } as object),
  );
  t.same(hooks.names('before.create'), ['c', 'z', 'a', 'b', 'last']);
  t.same(hooks.names('before.update'), []);
  const answers = await hooks.run('before.create', input);
  t.same(
    answers.map(({ hook, output }) => [hook, output?.message]),
    ['c', 'z', 'a', 'b', 'last'].map((name) => [name, name]),
  );
});

t.test('each hook waits for the one before it', async (t) => {
  const order: string[] = [];
  const slow = (name: string): HookRegistration =>
    hook(name, {
      run: async () => {
        order.push(`${name} begins`);
        await turns();
        order.push(`${name} ends`);
        return undefined;
      },
    });
  await runner(slow('a'), slow('b')).hooks.run('before.create', input);
  t.same(order, ['a begins', 'a ends', 'b begins', 'b ends']);
});

t.test('nobody is asked after an answer that is enough', async (t) => {
  const { hooks } = runner(
    hook('a', { run: () => undefined }),
    hook('b'),
    hook('c', { run: () => t.fail('asked though it was enough') as never }),
  );
  const answers = await hooks.run('before.create', input, (output) => output !== undefined);
  t.same(
    answers.map(({ hook }) => hook),
    ['a', 'b'],
  );
});

t.test('a point without hooks has no answers', async (t) => {
  t.same(await runner().hooks.run('before.create', input), []);
});

t.test('a hook that takes too long fails by name, after its own limit', async (t) => {
  const { hooks, clock } = runner(
    hook('slow/hook', { timeoutMs: 700, run: () => new Promise(() => undefined) }),
  );
  const run = hooks.run('before.create', input);
  const failed = t.rejects(run, {
    name: 'HookFailure',
    hook: 'slow/hook',
    message: 'hook slow/hook at before.create did not answer within 700 ms',
  });
  await turns();
  clock.advance(699);
  await turns();
  clock.advance(1);
  await failed;
});

t.test(
  'the limit is two seconds unless the hook says otherwise, and is taken back when it answers',
  async (t) => {
    const never = runner(hook('slow', { run: () => new Promise(() => undefined) }));
    const failed = t.rejects(never.hooks.run('before.create', input), /within 2000 ms/);
    never.clock.advance(2_000);
    await failed;
    const quick = runner(hook('quick', { run: () => Promise.resolve(undefined) }));
    await quick.hooks.run('before.create', input);
    t.equal(quick.clock.scheduled, 0);
  },
);

t.test('a hook that throws fails what it is part of, and is named', async (t) => {
  const cause = new Error('broken');
  for (const run of [
    () => {
      throw cause;
    },
    () => Promise.reject(cause),
  ]) {
    const { hooks } = runner(hook('bad', { run }), hook('next'));
    await t.rejects(hooks.run('before.create', input), {
      message: 'hook bad at before.create failed',
      cause,
    });
  }
});

t.test('a failure that is to be ignored is logged, and the others are asked', async (t) => {
  const { hooks, lines } = runner(
    hook('bad', { onFailure: 'ignore', run: () => Promise.reject(new Error('broken')) }),
    hook('next'),
  );
  const answers = await hooks.run('before.create', input);
  t.same(
    answers.map(({ hook }) => hook),
    ['next'],
  );
  t.match(lines, [
    {
      level: 'warn',
      data: { hook: 'bad', point: 'before.create' },
      message: 'hook failed, ignored',
    },
  ]);
});

t.test('two hooks of one name at one point are refused', async (t) => {
  t.throws(() => runner(hook('a'), hook('a')), /two hooks at before\.create are called a/);
  t.doesNotThrow(() => runner(hook('a'), hook('a', { point: 'before.delete' } as object)));
});

t.test('to a pass a failed hook is a refusal that may pass', async (t) => {
  const failure = new HookFailure('bad', 'before.create', 'failed', undefined).asDriverFailure();
  t.match(failure, {
    outcome: 'rejected',
    code: 'HookFailed',
    message: 'hook bad at before.create failed',
  });
});
