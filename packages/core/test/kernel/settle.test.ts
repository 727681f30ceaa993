import { conditionOf, DriverFailure, type Outcome, type Resource } from '@gdcloud/core';
import t from 'tap';
import { type PassResult, settle } from '../../dist/kernel/settle.js';
import { condition, resource, uuid } from '../support/resources.js';

const NOW = 1_000_000;
const MINUTE = 60_000;

function settled(
  outcome: Outcome,
  before: Partial<Resource> = {},
  more: Partial<PassResult> = {},
): ReturnType<typeof settle> {
  const found = resource(before);
  return settle({
    resource: found,
    outcome,
    status: found.status,
    parts: found.parts,
    statements: [],
    events: [],
    references: new Map(),
    why: 'it was time',
    now: NOW,
    fraction: 0.5,
    ...more,
  });
}

const done: Outcome = { kind: 'done' };
const retry: Outcome = {
  kind: 'retry',
  failure: new DriverFailure('rejected', 'Full', 'no space', { remedy: 'Free some.' }),
};
const stall: Outcome = {
  kind: 'stall',
  code: 'Missing',
  message: 'it is not there',
  actions: ['recreate', 'delete'],
};
const gone: Outcome = { kind: 'gone' };
function wait(on: 'progress' | 'dependency' | 'capacity' | 'backend'): Outcome {
  return { kind: 'wait', on, afterMs: 700, message: `waiting for ${on}` };
}

t.test('done: the generation is observed, everything is as asked', async (t) => {
  const record = settled(done, { generation: 3, attempts: 2, attemptedGeneration: 3 });
  t.match(record, {
    observedGeneration: 3,
    attemptedGeneration: 3,
    outcome: 'done',
    attempts: 0,
    nextAttemptAt: NOW + MINUTE,
    lastErrorCode: null,
    lastErrorMessage: null,
    removed: null,
  });
  t.match(conditionOf(record.conditions, 'Ready'), { status: 'True', observedGeneration: 3 });
  t.match(conditionOf(record.conditions, 'Reconciled'), { status: 'True' });
  t.equal(conditionOf(record.conditions, 'Stalled'), undefined);
});

t.test('done: the longer it has been at rest the later the next look', async (t) => {
  const rested = (ms: number) =>
    settled(done, { conditions: [condition({ lastTransitionTime: NOW - ms })] }).nextAttemptAt;
  t.equal(rested(0), NOW + MINUTE);
  t.equal(rested(5 * MINUTE), NOW + 5 * MINUTE);
  t.equal(rested(24 * 60 * MINUTE), NOW + 30 * MINUTE);
});

t.test('wait: not a failure, not ready, looked at again after its pause', async (t) => {
  for (const [on, reason, due] of [
    ['progress', 'InProgress', NOW],
    ['dependency', 'WaitingForDependency', NOW + 700],
    ['capacity', 'WaitingForCapacity', NOW + 700],
    ['backend', 'WaitingForBackend', NOW + 700],
  ] as const) {
    const record = settled(wait(on), { generation: 2, observedGeneration: 1 });
    t.match(record, {
      outcome: 'wait',
      observedGeneration: 1,
      attemptedGeneration: 2,
      nextAttemptAt: due,
      lastErrorCode: null,
      removed: null,
    });
    t.match(conditionOf(record.conditions, 'Ready'), { status: 'False', reason });
    t.match(conditionOf(record.conditions, 'Reconciled'), {
      status: 'Unknown',
      reason,
      message: `waiting for ${on}`,
    });
  }
});

t.test(
  'wait: a backend that is away and mere progress leave earlier failures standing',
  async (t) => {
    const failed = { attempts: 4, attemptedGeneration: 1 };
    for (const on of ['backend', 'progress'] as const)
      t.equal(settled(wait(on), failed).attempts, 4, on);
    for (const on of ['dependency', 'capacity'] as const)
      t.equal(settled(wait(on), failed).attempts, 0, on);
  },
);

t.test('retry: counts an attempt and backs off further each time', async (t) => {
  const first = settled(retry);
  t.match(first, {
    outcome: 'retry',
    attempts: 1,
    nextAttemptAt: NOW + 500,
    lastErrorCode: 'Full',
    lastErrorMessage: 'no space',
    observedGeneration: 0,
  });
  const third = settled(retry, { attempts: 2, attemptedGeneration: 1 });
  t.match(third, { attempts: 3, nextAttemptAt: NOW + 1_250 });
  t.match(conditionOf(third.conditions, 'Reconciled'), {
    status: 'False',
    reason: 'Full',
    message: 'no space',
  });
  t.match(conditionOf(third.conditions, 'Ready'), { status: 'False', reason: 'Full' });
});

t.test('retry: another generation starts to count from the beginning', async (t) => {
  t.match(settled(retry, { attempts: 19, attemptedGeneration: 1, generation: 2 }), {
    attempts: 1,
    nextAttemptAt: NOW + 500,
  });
  t.equal(
    settled(wait('backend'), { attempts: 19, attemptedGeneration: 1, generation: 2 }).attempts,
    0,
  );
});

t.test('retry: the twentieth failure in a row stalls it, and it is still probed', async (t) => {
  const nearly = settled(retry, { attempts: 18, attemptedGeneration: 1 });
  t.equal(conditionOf(nearly.conditions, 'Stalled'), undefined);
  const poisoned = settled(retry, { attempts: 19, attemptedGeneration: 1 });
  t.match(poisoned, { attempts: 20, outcome: 'retry', nextAttemptAt: NOW + 15 * MINUTE });
  t.match(conditionOf(poisoned.conditions, 'Stalled'), {
    status: 'True',
    reason: 'Full',
    message:
      'no space. Free some. To free it, ask for the action reconcile when the cause is mended, change what is asked of it or delete it.',
    details: { actions: ['reconcile', 'update', 'delete'] },
  });
});

t.test('retry: half an hour of failing at one generation stalls it too', async (t) => {
  const first = settled(retry);
  const later = (minutes: number, more: Partial<Resource> = {}, outcome: Outcome = retry) =>
    settled(
      outcome,
      { conditions: first.conditions, attempts: 3, attemptedGeneration: 1, ...more },
      { now: NOW + minutes * MINUTE },
    );
  t.equal(conditionOf(later(29).conditions, 'Stalled'), undefined);
  const poisoned = later(30);
  t.match(conditionOf(poisoned.conditions, 'Stalled'), { status: 'True', reason: 'Full' });
  t.equal(poisoned.nextAttemptAt, NOW + 45 * MINUTE);
  t.equal(
    conditionOf(later(30, { generation: 2 }).conditions, 'Stalled'),
    undefined,
    'another wish has half an hour of its own',
  );
  const between = later(20, {}, wait('progress')).conditions;
  t.match(
    conditionOf(later(31, { conditions: between }).conditions, 'Stalled'),
    { status: 'True' },
    'a step forward in between does not end the failing',
  );
});

t.test('what is being removed is freed by another look only', async (t) => {
  const record = settled(stall, { deleteRequestedAt: 5, generation: 2 });
  t.match(conditionOf(record.conditions, 'Stalled'), {
    message: /To free it, ask for the action reconcile when the cause is mended\.$/,
    details: { actions: ['reconcile'] },
  });
});

t.test('stall: says so with a remedy, probes seldom, counts nothing', async (t) => {
  const record = settled(stall, { attempts: 3, attemptedGeneration: 1 });
  t.match(record, {
    outcome: 'stall',
    attempts: 3,
    nextAttemptAt: NOW + 15 * MINUTE,
    lastErrorCode: 'Missing',
    lastErrorMessage: 'it is not there',
  });
  t.match(conditionOf(record.conditions, 'Stalled'), {
    status: 'True',
    reason: 'Missing',
    message:
      'it is not there. To free it, ask for the action recreate to have an empty one made or delete it.',
    details: { actions: ['recreate', 'delete'] },
  });
  t.match(conditionOf(record.conditions, 'Ready'), { status: 'False' });
});

t.test('whatever moves again is not stalled any more', async (t) => {
  const stalled = { conditions: [condition({ type: 'Stalled' })] } as const;
  for (const outcome of [done, retry, wait('dependency')])
    t.match(
      conditionOf(settled(outcome, stalled).conditions, 'Stalled'),
      { status: 'False', reason: 'Moving' },
      outcome.kind,
    );
  t.match(conditionOf(settled(stall, stalled).conditions, 'Stalled'), { status: 'True' });
});

t.test('gone: a tombstone that is never looked at again', async (t) => {
  const record = settled(gone, { deleteRequestedAt: 5, generation: 2, attempts: 3 });
  t.match(record, { removed: NOW, outcome: 'done', attempts: 0, nextAttemptAt: null });
  t.match(conditionOf(record.conditions, 'Ready'), { status: 'False', reason: 'Removed' });
  t.match(conditionOf(settled(gone).conditions, 'Ready'), { reason: 'Gone' });
});

t.test('what a pass said is recorded: status, parts, references, statements, events', async (t) => {
  const part = { state: 'intent', epoch: 1, external: null, step: 1 } as const;
  const event = { at: NOW, what: 'server.create', why: 'it was time', result: 'done' };
  const record = settled(
    wait('progress'),
    {},
    {
      status: { weight: 5 },
      parts: { server: part },
      references: new Map([['hostId', uuid(7)]]),
      statements: [{ type: 'Scheduled', status: 'True', reason: 'Placed', message: 'on host 1' }],
      events: [event],
    },
  );
  t.match(record, {
    status: { weight: 5 },
    parts: { server: part },
    references: { fields: ['hostId'], targets: [{ field: 'hostId', target: uuid(7) }] },
  });
  t.match(conditionOf(record.conditions, 'Scheduled'), { status: 'True' });
  t.same(record.events[0], event);
  t.notOk('references' in settled(done), 'references that did not change are left out');
});

t.test('what the outcome says of readiness goes before what the pass said', async (t) => {
  const record = settled(
    wait('dependency'),
    {},
    { statements: [{ type: 'Ready', status: 'True', reason: 'Hasty', message: 'it is' }] },
  );
  t.match(conditionOf(record.conditions, 'Ready'), { status: 'False' });
});

t.test('every pass that moved something ends in an event with the reason why it ran', async (t) => {
  const last = (record: ReturnType<typeof settle>) => record.events.at(-1);
  t.match(last(settled(done)), {
    at: NOW,
    what: 'pass',
    why: 'it was time',
    result: 'done: everything is as asked',
  });
  t.match(last(settled(wait('capacity'))), { result: 'wait for capacity: waiting for capacity' });
  t.match(last(settled(retry)), { result: 'retry: Full: no space' });
  t.match(last(settled(stall)), { result: 'stalled: Missing: it is not there' });
  t.match(last(settled(gone)), { result: 'gone: nothing is left of it' });
});

t.test('a routine look that finds everything as it was is no event', async (t) => {
  const rested = settled(done);
  const again = settled(done, {
    observedGeneration: 1,
    attemptedGeneration: 1,
    conditions: rested.conditions,
  });
  t.same(again.events, []);
  t.equal(again.conditions, rested.conditions, 'nor does any condition move');
});

t.test(
  'what callers see differently though nothing happened is told without an event',
  async (t) => {
    const rest = resource({
      generation: 1,
      observedGeneration: 1,
      attemptedGeneration: 1,
      status: { seen: 5, list: [1] },
      conditions: settled(done).conditions,
    });
    t.match(settled(done, rest), { events: [], shown: undefined });
    const status = { seen: 6, list: [1] };
    t.match(settled(done, rest, { status }), { events: [], shown: 'changed' });
    const same = { list: [1], seen: 5, other: undefined, more: null };
    t.match(
      settled(done, rest, { status: same }),
      { shown: undefined },
      'what is null is not shown',
    );
    const statements = [
      { type: 'SpaceLow', status: 'True', reason: 'Full', message: 'it is full' },
    ] as const;
    t.match(settled(done, rest, { statements }), { shown: 'changed' });
  },
);

t.test('a condition that changes is an event, once', async (t) => {
  const record = settled(stall);
  t.same(
    record.events.map(({ what, result }) => `${what}: ${result}`),
    [
      'condition Ready: False Missing',
      'condition Stalled: True Missing',
      'pass: stalled: Missing: it is not there',
    ],
  );
  const again = settled(stall, { conditions: record.conditions });
  t.same(
    again.events.map(({ what }) => what),
    ['pass'],
  );
});
