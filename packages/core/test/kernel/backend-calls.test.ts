import { asFence, asOperationKey, type DriverFailure, type Observation } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { BackendCalls } from '../../dist/kernel/backend-calls.js';
import { CircuitBreakers } from '../../dist/kernel/circuit-breaker.js';
import { down, rejected } from '../support/failures.js';
import { fixedRandom } from '../support/fixed-random.js';
import { uuid } from '../support/resources.js';
import { type WidgetState, widgets } from '../support/widgets.js';

const KEY = { uuid: uuid(1), epoch: 1 };
const CALL = {
  signal: new AbortController().signal,
  deadline: 0,
  fence: asFence('1'),
  operation: asOperationKey('1'),
};

function made() {
  const breakers = new CircuitBreakers({ clock: new ManualClock(), random: fixedRandom() });
  const { objects } = widgets();
  const calls = new BackendCalls(breakers);
  return {
    breakers,
    calls,
    objects,
    look: () => calls.look(objects, KEY, undefined, CALL),
  };
}

t.test('drivers of one backend are left alone together, others go on', async (t) => {
  const { calls } = made();
  const servers = { name: 'servers', backend: 'pool' };
  for (let count = 0; count < 5; count += 1)
    await t.rejects(calls.change(servers, Promise.reject(down())));
  t.match(calls.heldBack({ name: 'disks', backend: 'pool' }), {
    kind: 'wait',
    on: 'backend',
    message: /^pool is away/,
  });
  t.equal(calls.heldBack({ name: 'disks' }), undefined);
  t.equal(calls.heldBack({ name: 'pool' })?.kind, 'wait', 'a name is a backend of its own');
});

t.test('a look that sees nothing counts, whichever way it says so', async (t) => {
  for (const observe of [
    (failure: DriverFailure): Promise<Observation<WidgetState>> => Promise.reject(failure),
    async (failure: DriverFailure): Promise<Observation<WidgetState>> => ({
      presence: 'unknown',
      failure,
    }),
  ]) {
    const { calls, objects, look } = made();
    objects.observe = () => observe(down());
    for (let count = 0; count < 5; count += 1) t.match(await look(), { presence: 'unknown' });
    t.equal(calls.heldBack(objects)?.kind, 'wait');
  }
});

t.test('a look that sees something, and a refusal, are answers', async (t) => {
  const { breakers, calls, objects, look } = made();
  const observe = objects.observe.bind(objects);
  for (let count = 0; count < 9; count += 1) {
    objects.observe = () => Promise.reject(down());
    for (let times = 0; times < 4; times += 1) await look();
    t.match(breakers.snapshot(), [{ state: 'closed', nextProbeAt: null }]);
    objects.observe = observe;
    if (count % 2 === 0) t.same(await look(), { presence: 'absent' });
    else await t.rejects(calls.change(objects, Promise.reject(rejected())));
    t.same(breakers.snapshot(), []);
  }
});
