import { PortUnavailable, RequestError } from '@gdcloud/core';
import t from 'tap';
import { Explainer, type ExplainerOptions } from '../../../dist/kernel/explain/explainer.js';
import { startCloud } from '../../support/cloud.js';
import { down } from '../../support/failures.js';
import { widgets } from '../../support/widgets.js';

async function waiting(t: Parameters<typeof startCloud>[0], options: Partial<ExplainerOptions>) {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  outside.objects.down = down();
  const { id } = await world.create('widget', {});
  await world.quiet();
  const explainer = new Explainer({
    store: world.store,
    locks: { holder: () => Promise.resolve(undefined) },
    clock: world.clock,
    types: world.cloud.types,
    actions: () => ['reconcile', 'recreate'],
    ...options,
  });
  return explainer.explain(world.admin, await world.get('widget', id));
}

t.test('the circuits to the backends concerned are told, and no others', async (t) => {
  const open = { state: 'open', since: 0, nextProbeAt: 5_000, failure: 'no route' } as const;
  const explanation = await waiting(t, {
    breakers: () => [
      { ...open, backend: 'memory' },
      { ...open, backend: 'memory.widgets' },
      { ...open, backend: 'memory.wid' },
      { ...open, backend: 'xenserver' },
    ],
  });
  t.same(
    explanation.breakers.map(({ backend }) => backend),
    ['memory.widgets'],
  );
  t.match(explanation.verdict, /has not answered since 1970-01-01 00:00:00 UTC$/);
});

t.test('a lock service that can not tell who holds a lock keeps nothing else back', async (t) => {
  const explanation = await waiting(t, {
    locks: {
      holder: () => Promise.reject(new PortUnavailable('locks', 'no quorum', { remedy: 'Wait.' })),
    },
  });
  t.match(explanation, { lock: null, root: { reason: 'Unreachable' } });
});

t.test(
  'actions that a person has to decide on are suggested where they are possible',
  async (t) => {
    const { suggestions } = await waiting(t, {});
    t.match(
      suggestions.map(({ action }) => action),
      ['wait', 'reconcile', 'recreate'],
    );
    t.notOk(suggestions.some(({ action }) => action === 'keep'));
  },
);

t.test('what was refused for the moment asks again by itself', async (t) => {
  const outside = widgets({
    reconcile: () => Promise.reject(new RequestError('Conflict', 'it has changed')),
  });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const widget = await world.create('widget', {});
  await world.remove('widget', widget.id);
  await world.quiet();
  const { verdict, suggestions } = await world.cloud.explain(widget.uuid);
  t.match(verdict, /^widget 1 is not gone yet: it was refused what it needs \(Conflict\)/);
  t.same(
    suggestions.map(({ action }) => action),
    ['wait', 'reconcile'],
  );
});
