import { asExternalId } from '@gdcloud/core';
import t from 'tap';
import { newState, planServer } from '../../dist/driver/servers/plan.js';
import { settingsOf } from '../../dist/options.js';
import { serverOn } from '../cloud.js';

const settings = settingsOf({ url: 'https://pool', username: 'root', password: 'x' });
const desired = serverOn('there', { lostHosts: [asExternalId('dead')] });
const fields = (...args: Parameters<typeof planServer>): readonly string[] =>
  planServer(...args).steps.map(({ field, action }) => `${field}: ${action.kind}`);

const halted = newState(desired);
const running = {
  ...halted,
  record: { ...halted.record, power_state: 'Running', domid: 3 },
} as const;

t.test('what runs on another host is moved as it runs, before anything else', async (t) => {
  const state = { ...running, residence: { kind: 'elsewhere', host: 'here' } } as const;
  const renamed = { ...desired, name: 'other' };
  t.same(fields(state, renamed, settings), ['host: migrate', 'name: rename']);
});

t.test('what is to stop is stopped where it is', async (t) => {
  const state = { ...running, residence: { kind: 'elsewhere', host: 'here' } } as const;
  const stopped = { ...desired, powerState: 'halted' } as const;
  t.same(fields(state, stopped, settings), ['powerState: stop']);
});

t.test('what runs on a host that does not answer is left as it is', async (t) => {
  const state = { ...running, residence: { kind: 'unreachable', host: 'here' } } as const;
  t.same(fields(state, { ...desired, name: 'other', powerState: 'halted' }, settings), []);
});

t.test(
  'what was on a host that is off is declared off, its disks are freed, and it is started',
  async (t) => {
    const lost = { ...running, residence: { kind: 'lost', host: 'dead' } } as const;
    t.same(fields(lost, desired, settings), ['host: declareOff']);
    const lock = { device: 0, disk: 'OpaqueRef:1', key: 'host_OpaqueRef:9', host: 'dead' };
    const reset = { ...halted, residence: { kind: 'right' }, staleLocks: [lock] } as const;
    t.same(fields(reset, desired, settings), ['locks.0: releaseDisk', 'powerState: start']);
  },
);
