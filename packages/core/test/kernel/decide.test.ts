import {
  asExternalId,
  type Change,
  DriverFailure,
  type Observation,
  type PartRecord,
} from '@gdcloud/core';
import t from 'tap';
import { decide, decideFarewell } from '../../dist/kernel/decide.js';

const stateless = { identity: 'stamped', fencing: 'none', dataBearing: false } as const;
const dataBearing = { ...stateless, dataBearing: true } as const;
const ext = asExternalId('vm-1');
const failure = new DriverFailure('unavailable', 'Away', 'no answer', { remedy: 'Wait.' });

function twin(external: string, used: 'never' | 'maybe' = 'maybe') {
  return { external: asExternalId(external), used };
}

const unknown: Observation<string> = { presence: 'unknown', failure };
const absent: Observation<string> = { presence: 'absent' };
function present(more: object = {}): Observation<string> {
  return { presence: 'present', external: ext, actual: 'running', changes: [], ...more };
}

const intent: PartRecord = { state: 'intent', epoch: 1, external: null, step: 1 };
const recorded: PartRecord = { state: 'recorded', epoch: 1, external: ext, step: 4 };
const records = { 'no record': undefined, 'an intent': intent, 'a record': recorded };
const power: Change = { field: 'powerState', desired: 'running', actual: 'halted' };
const size: Change = { field: 'ramSizeMb', desired: 1, actual: 2 };

t.test('unknown is never absent, whatever is recorded', async (t) => {
  for (const [name, record] of Object.entries(records)) {
    for (const traits of [stateless, dataBearing])
      t.same(decide(record, unknown, traits), { kind: 'unavailable', failure }, name);
    t.same(decideFarewell(record, unknown), { kind: 'unavailable', failure }, name);
  }
});

t.test('what was never there is created as the first of its kind, upon a new intent', async (t) => {
  for (const traits of [stateless, dataBearing])
    t.same(decide(undefined, absent, traits), { kind: 'create', record: intent });
});

t.test(
  'an intent without an object is created under the same key, without another intent',
  async (t) => {
    for (const traits of [stateless, dataBearing]) {
      const decision = decide(intent, absent, traits);
      t.equal(decision.kind, 'create');
      t.equal(decision.kind === 'create' && decision.record, intent, 'the very same record');
    }
  },
);

t.test('a stateless object that is missing is made anew in the next epoch', async (t) => {
  t.same(decide(recorded, absent, stateless), {
    kind: 'create',
    record: { state: 'intent', epoch: 2, external: null, step: 5 },
  });
});

t.test('an object with data that is missing is never made anew', async (t) => {
  t.match(decide(recorded, absent, dataBearing), {
    kind: 'stall',
    code: 'ExternalMissing',
    message: /^vm-1 is missing/,
  });
  t.match(decide({ ...recorded, external: null }, absent, dataBearing), {
    message: /^its object is missing/,
  });
});

t.test('what is found under our key is adopted', async (t) => {
  t.same(decide(undefined, present(), stateless), {
    kind: 'settled',
    actual: 'running',
    record: { state: 'recorded', epoch: 1, external: ext, step: 1 },
  });
  t.same(decide(intent, present(), dataBearing), {
    kind: 'settled',
    actual: 'running',
    record: { state: 'recorded', epoch: 1, external: ext, step: 2 },
  });
});

t.test('what is recorded already is not recorded again', async (t) => {
  const decision = decide(recorded, present(), stateless);
  t.equal(decision.kind === 'settled' && decision.record, recorded, 'the very same record');
});

t.test('an object that goes by another name now is recorded under that', async (t) => {
  const other = asExternalId('vm-2');
  t.match(decide(recorded, present({ external: other }), stateless), {
    kind: 'settled',
    record: { state: 'recorded', epoch: 1, external: other, step: 5 },
  });
});

t.test('one change at a time is made, the first that was listed', async (t) => {
  t.same(decide(recorded, present({ changes: [power, size] }), stateless), {
    kind: 'update',
    change: power,
    record: recorded,
  });
  t.match(decide(intent, present({ changes: [size] }), stateless), {
    kind: 'update',
    change: size,
    record: { state: 'recorded', external: ext },
  });
});

t.test('a backend that still works on it is left alone', async (t) => {
  t.same(decide(recorded, present({ busy: true, changes: [power] }), stateless), {
    kind: 'busy',
    record: recorded,
  });
  t.match(decide(intent, present({ busy: true }), stateless), {
    kind: 'busy',
    record: { state: 'recorded' },
  });
  t.same(decide(recorded, present({ busy: false }), stateless).kind, 'settled');
});

t.test('two objects under one key need a person', async (t) => {
  for (const [name, record] of Object.entries(records)) {
    t.match(
      decide(record, present({ duplicates: [twin('vm-2'), twin('vm-3')], busy: true }), stateless),
      { kind: 'stall', code: 'DuplicateExternal', message: /vm-1, vm-2, vm-3/ },
      name,
    );
  }
  t.equal(decide(recorded, present({ duplicates: [] }), stateless).kind, 'settled');
});

t.test('extras that were never used go, unless such objects hold data', async (t) => {
  const seen = present({ duplicates: [twin('vm-2'), twin('vm-3', 'never')] });
  for (const [name, record] of Object.entries(records)) {
    t.match(
      decide(record, seen, stateless),
      { kind: 'discard', extra: 'vm-3', record: record ?? { state: 'intent', external: null } },
      name,
    );
    t.match(decide(record, seen, dataBearing), { code: 'DuplicateExternal' }, name);
  }
});

t.test('the recorded one stays, whichever the driver picked', async (t) => {
  const record: PartRecord = { ...recorded, external: asExternalId('vm-2') };
  t.match(decide(record, present({ duplicates: [twin('vm-2', 'never')] }), stateless), {
    code: 'DuplicateExternal',
  });
  t.match(
    decide(record, present({ duplicates: [twin('vm-2'), twin('vm-3', 'never')] }), stateless),
    { kind: 'discard', extra: 'vm-3', record },
  );
});

t.test('the one that a person chose stays, and all others go', async (t) => {
  const seen = present({ duplicates: [twin('vm-2'), twin('vm-3')] });
  const keep = (part: string, external: string) => ({
    part: 'thing',
    repairs: [{ kind: 'keep', part, external: asExternalId(external) }] as const,
  });
  for (const traits of [stateless, dataBearing]) {
    t.match(decide(recorded, seen, traits, keep('thing', 'vm-3')), {
      kind: 'discard',
      extra: 'vm-1',
    });
    t.match(decide(recorded, seen, traits, keep('thing', 'vm-1')), {
      kind: 'discard',
      extra: 'vm-2',
    });
    t.match(decide(recorded, seen, traits, keep('other', 'vm-1')), { kind: 'stall' });
    t.match(decide(recorded, seen, traits, keep('thing', 'vm-9')), { kind: 'stall' });
  }
});

t.test('what held data is made anew only by a decision about this very loss', async (t) => {
  const recreate = { kind: 'recreate', part: 'thing', epoch: 1, step: 4 } as const;
  const decided = (repair: object) =>
    decide(recorded, absent, dataBearing, {
      part: 'thing',
      repairs: [{ ...recreate, ...repair }],
    });
  t.match(decided({}), { kind: 'create', record: { state: 'intent', epoch: 2, step: 5 } });
  for (const other of [{ part: 'other' }, { epoch: 2 }, { step: 3 }])
    t.match(decided(other), { kind: 'stall', code: 'ExternalMissing' });
  t.match(
    decide(recorded, present(), dataBearing, { part: 'thing', repairs: [recreate] }),
    { kind: 'settled', record: { epoch: 1, step: 5 } },
    'what came back uses the decision up',
  );
});

t.test('what is to go is gone once it is seen absent', async (t) => {
  for (const [name, record] of Object.entries(records))
    t.same(decideFarewell(record, absent), { kind: 'gone' }, name);
});

t.test('what is to go and is there is deleted, and recorded as found first', async (t) => {
  t.same(decideFarewell(recorded, present()), { kind: 'delete', record: recorded });
  t.match(decideFarewell(intent, present()), {
    kind: 'delete',
    record: { state: 'recorded', external: ext, step: 2 },
  });
  t.match(decideFarewell(undefined, present()), {
    kind: 'delete',
    record: { state: 'recorded', external: ext, epoch: 1 },
  });
});

t.test('what is to go and is being worked on is waited for', async (t) => {
  t.same(decideFarewell(recorded, present({ busy: true })), { kind: 'busy' });
});
