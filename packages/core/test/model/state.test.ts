import { COMMON_STATES, deriveState, isReady, PLAIN_LIFECYCLE } from '@gdcloud/core';
import t from 'tap';
import { condition, resource, widget } from '../support/resources.js';

const ready = resource({
  observedGeneration: 1,
  attemptedGeneration: 1,
  conditions: [condition({ type: 'Reconciled' }), condition()],
});

t.test('what was just asked for is being created and at the beginning', async (t) => {
  t.same(deriveState(widget, resource()), {
    state: 'creating',
    transitioning: 'yes',
    transitioningMessage: null,
    transitioningProgress: 0,
  });
});

t.test('what is as asked rests', async (t) => {
  t.ok(isReady(ready));
  t.same(deriveState(widget, ready), {
    state: 'active',
    transitioning: 'no',
    transitioningMessage: null,
    transitioningProgress: null,
  });
});

t.test('a change that no pass has seen makes it move at once', async (t) => {
  const changed = { ...ready, generation: 2 };
  t.notOk(isReady(changed));
  t.match(deriveState(widget, changed), { state: 'updating', transitioning: 'yes' });
});

t.test('an old Ready is not believed once the generation has moved on', async (t) => {
  t.notOk(isReady({ ...ready, generation: 2, observedGeneration: 1 }));
  t.notOk(isReady({ ...ready, conditions: [] }));
  t.notOk(isReady({ ...ready, deleteRequestedAt: 5 }));
});

t.test('while it moves the first condition that is not true says why', async (t) => {
  const waiting = resource({
    attemptedGeneration: 1,
    conditions: [
      condition({ type: 'Ready', status: 'False', message: 'ready says no' }),
      condition({ type: 'DependenciesReady', status: 'False', message: 'waiting for network 3' }),
      condition({ type: 'Scheduled', status: 'True' }),
      condition({ type: 'Reconciled', status: 'Unknown', message: 'waiting for network 3 to be' }),
    ],
  });
  t.match(deriveState(widget, waiting), {
    transitioningMessage: 'waiting for network 3 to be',
    transitioningProgress: 40,
  });
  t.match(deriveState(widget, { ...waiting, conditions: waiting.conditions.slice(0, 3) }), {
    transitioningMessage: 'waiting for network 3',
  });
  t.match(deriveState(widget, { ...waiting, conditions: waiting.conditions.slice(0, 1) }), {
    transitioningMessage: 'ready says no',
  });
});

t.test('progress never says that it is complete while it moves', async (t) => {
  const all = resource({
    attemptedGeneration: 1,
    conditions: (['Scheduled', 'DependenciesReady', 'Ready'] as const).map((type) =>
      condition({ type }),
    ),
  });
  t.match(deriveState(widget, all), { transitioning: 'yes', transitioningProgress: 90 });
});

t.test('what is stalled is in error, with the reason', async (t) => {
  const stalled = resource({
    conditions: [condition({ type: 'Stalled', message: 'it can never work' })],
  });
  t.same(deriveState(widget, stalled), {
    state: 'error',
    transitioning: 'error',
    transitioningMessage: 'it can never work',
    transitioningProgress: null,
  });
});

t.test('a new wish takes it out of error at once', async (t) => {
  const stalled = resource({ generation: 2, conditions: [condition({ type: 'Stalled' })] });
  t.match(deriveState(widget, stalled), { state: 'creating', transitioning: 'yes' });
});

t.test('a stall that is over is no error', async (t) => {
  const moving = resource({ conditions: [condition({ type: 'Stalled', status: 'False' })] });
  t.match(deriveState(widget, moving), { transitioning: 'yes' });
});

t.test('what is to go is being removed, and says so even when that stalls', async (t) => {
  t.match(deriveState(widget, { ...ready, generation: 2, deleteRequestedAt: 5 }), {
    state: 'removing',
    transitioning: 'yes',
  });
  const stuck = resource({ deleteRequestedAt: 5, conditions: [condition({ type: 'Stalled' })] });
  t.match(deriveState(widget, stuck), { state: 'removing', transitioning: 'error' });
});

t.test('what is gone is removed, whatever its conditions say', async (t) => {
  const gone = resource({ removed: 9, conditions: [condition({ type: 'Stalled' })] });
  t.same(deriveState(widget, gone), {
    state: 'removed',
    transitioning: 'no',
    transitioningMessage: null,
    transitioningProgress: null,
  });
});

t.test('every word that can be said is declared', async (t) => {
  t.same(COMMON_STATES, ['removing', 'removed', 'error']);
  t.same(PLAIN_LIFECYCLE.states, ['creating', 'active', 'updating']);
});
