import type { PartRecord } from '@gdcloud/core';
import t from 'tap';
import { turnOf, turnsAfter, turnsOf } from '../../dist/kernel/change-turns.js';

const made: PartRecord = { state: 'recorded', epoch: 1, external: null, step: 4 };

function afterChanges(record: PartRecord, ...fields: readonly string[]): PartRecord {
  let now = record;
  for (const field of fields) now = { ...now, step: now.step + 1, turns: turnsAfter(now, field) };
  return now;
}

t.test('a change that was not recorded keeps its turn, whatever else is changed', (t) => {
  const first = turnOf(made, 'restarts');
  t.equal(turnOf(afterChanges(made, 'cpuCount', 'disks.1'), 'restarts'), first);
  const once = afterChanges(made, 'restarts');
  t.equal(turnOf(afterChanges(once, 'cpuCount', 'disks.1'), 'restarts'), turnOf(once, 'restarts'));
  t.end();
});

t.test('a step that is no change leaves all turns as they were', (t) => {
  const stepped = { ...made, step: 5, turns: turnsOf(made) };
  t.equal(turnOf(stepped, 'restarts'), turnOf(made, 'restarts'));
  t.end();
});

t.test('once a change is recorded, the next one of its field has a turn that none had', (t) => {
  const seen = new Set<number>();
  let record = made;
  for (let n = 0; n < 5; n += 1) {
    seen.add(turnOf(record, 'powerState'));
    record = afterChanges(record, 'powerState', 'cpuCount');
  }
  t.equal(seen.size, 5);
  t.end();
});

t.test('fields beyond number are forgotten, and their next change is still a new one', (t) => {
  const many = Array.from({ length: 200 }, (_, n) => `snapshots.${n}`);
  const record = afterChanges(made, ...many);
  t.ok((record.turns?.fields.length ?? 0) < 50);
  for (const [n, field] of many.entries())
    t.ok(turnOf(record, field) > 4 + n, `${field} was changed at step ${4 + n}`);
  t.end();
});
