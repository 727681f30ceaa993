import type { JsonObject } from '@gdcloud/core';
import t from 'tap';
import { showsEnd } from '../../dist/driver/shows-end.js';

function event(name: string, ref: string, snapshot: JsonObject) {
  return { class: name, operation: 'add', ref, snapshot } as const;
}

const running = event('vm', 'vm', { power_state: 'Running', current_operations: {} });
const plugged = event('vbd', 'disk', { currently_attached: true });

t.test('an answer counts that shows the VM without the operation, and its devices with it', (t) => {
  t.ok(showsEnd([running, plugged], 'vm', 'task'));
  const off = event('vm', 'vm', { power_state: 'Halted', current_operations: {} });
  t.ok(showsEnd([off, event('vif', 'card', { currently_attached: false })], 'vm', 'task'));
  t.end();
});

t.test('an answer that may be a little older than the end of the task does not', (t) => {
  const busy = event('vm', 'vm', {
    power_state: 'Running',
    current_operations: { task: 'start_on' },
  });
  t.notOk(showsEnd([busy, plugged], 'vm', 'task'));
  t.notOk(showsEnd([running, event('vbd', 'disk', { currently_attached: false })], 'vm', 'task'));
  t.notOk(showsEnd([plugged], 'vm', 'task'), 'nor one that lacks the VM');
  t.notOk(showsEnd([], 'vm', 'task'));
  t.end();
});
